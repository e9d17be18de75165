"""The few fields of Kubernetes' objects that are used.

Why: a slim struct decodes fifty times faster than a model and keeps a fiftieth of it.
Never here: what the fields mean for a rollout.
"""

import msgspec


class Slim(msgspec.Struct, rename="camel", gc=False):
    """Base: camelCase names, unknown fields dropped."""


class Owner(Slim):
    """One owner reference."""

    uid: str
    name: str = ""
    controller: bool = False


class Metadata(Slim):
    """A Deployment's, and as much of any object's as a bookmark has."""

    name: str = ""
    namespace: str = ""
    uid: str = ""
    resource_version: str = ""
    generation: int = 0
    creation_timestamp: str = ""
    deletion_timestamp: str = ""
    labels: dict[str, str] | None = None
    annotations: dict[str, str] | None = None


class RevisionMark(Slim):
    """The only annotation of a ReplicaSet that is used. The others are copies of the
    Deployment's, our record among them, which would be kept once for every revision."""

    number: str = msgspec.field(name="deployment.kubernetes.io/revision", default="0")


class ScrapeMarks(Slim):
    """The annotations of a pod that are used."""

    port: str = msgspec.field(name="prometheus.io/port", default="")
    path: str = msgspec.field(name="prometheus.io/path", default="/metrics")


class OwnedMetadata(Slim):
    """What an object of which there are many has."""

    name: str = ""
    uid: str = ""
    resource_version: str = ""
    creation_timestamp: str = ""
    deletion_timestamp: str = ""
    owner_references: list[Owner] | None = None

    def controller(self) -> Owner | None:
        """Who made it, None for nobody."""
        return next((owner for owner in self.owner_references or () if owner.controller), None)


class ReplicaSetMetadata(OwnedMetadata):
    """A ReplicaSet's."""

    annotations: RevisionMark | None = None


class PodMetadata(OwnedMetadata):
    """A pod's."""

    annotations: ScrapeMarks | None = None


class Condition(Slim):
    """One condition of a status."""

    type: str
    status: str
    reason: str = ""
    last_transition_time: str | None = None


class Selector(Slim):
    """Which pods are a Deployment's; its expressions are not used."""

    match_labels: dict[str, str] | None = None


class DeploymentSpec(Slim):
    """`template` stays raw, a view of the page it came on: it is only ever compared or restored as a whole,
    and never kept."""

    template: msgspec.Raw
    replicas: int | None = 1
    paused: bool = False
    selector: Selector = msgspec.field(default_factory=Selector)


class DeploymentStatus(Slim):
    """Where a Deployment stands."""

    conditions: list[Condition] | None = None


class Deployment(Slim):
    """A Deployment."""

    metadata: Metadata
    spec: DeploymentSpec
    status: DeploymentStatus = msgspec.field(default_factory=DeploymentStatus)


class ReplicaSetSpec(Slim):
    """As for Deployments."""

    template: msgspec.Raw
    replicas: int | None = 1


class ReplicaSet(Slim):
    """A ReplicaSet."""

    metadata: ReplicaSetMetadata
    spec: ReplicaSetSpec


class Waiting(Slim):
    """Why a container does not run."""

    reason: str = ""


class Terminated(Slim):
    """How a container ended."""

    reason: str = ""
    exit_code: int = 0


class ContainerState(Slim):
    """One of these is set."""

    waiting: Waiting | None = None
    terminated: Terminated | None = None


class ContainerStatus(Slim):
    """One container of a pod."""

    name: str
    image_id: str = msgspec.field(name="imageID", default="")
    restart_count: int = 0
    state: ContainerState = msgspec.field(default_factory=ContainerState)
    last_state: ContainerState = msgspec.field(default_factory=ContainerState)


class PodStatus(Slim):
    """Where a pod stands."""

    phase: str = ""
    pod_ip: str = msgspec.field(name="podIP", default="")
    conditions: list[Condition] | None = None
    container_statuses: list[ContainerStatus] | None = None
    init_container_statuses: list[ContainerStatus] | None = None


class Pod(Slim):
    """A pod; nothing of its spec is used."""

    metadata: PodMetadata
    status: PodStatus = msgspec.field(default_factory=PodStatus)


class ListMetadata(Slim):
    """Where a list stands."""

    resource_version: str = ""
    continue_: str = msgspec.field(name="continue", default="")


class ObjectList(Slim):
    """A page of a list, its items still raw."""

    metadata: ListMetadata
    items: list[msgspec.Raw]


class WatchEvent(Slim):
    """One event of a watch, its object still raw."""

    type: str
    object: msgspec.Raw


class Marked(Slim):
    """A bookmark: how far a watch has come."""

    metadata: Metadata


class Container(Slim):
    """One container of a template."""

    name: str
    image: str = ""


class Named(Slim):
    """A reference to something of the same namespace."""

    name: str = ""


class TemplateSpec(Slim):
    """The containers of a template, and what their images are pulled with."""

    containers: list[Container]
    init_containers: list[Container] | None = None
    image_pull_secrets: list[Named] | None = None


class Template(Slim):
    """A pod template."""

    spec: TemplateSpec
