"""Who may see what, in memory, in a test's hands."""

from dataclasses import dataclass, field

from controller.ports.viewers import NotAllowed, Undecided, Unknown


@dataclass
class FakeViewers:
    """The port Viewers: token -> the namespaces that its bearer may see, "" among them for all; `down`
    lets nobody say. `asked` is who was asked about."""

    rights: dict[str, tuple[str, ...]]
    down: bool = False
    asked: list[tuple[str, str]] = field(default_factory=list)

    def admit(self, token: str, namespace: str) -> None:
        self.asked.append((token, namespace))
        if not token:
            raise Unknown("there is no token")
        if self.down:
            raise Undecided("nobody is there to say")
        if token not in self.rights:
            raise Unknown("nobody's token")
        if not {"", namespace} & set(self.rights[token]):
            raise NotAllowed(f"may not list deployments.apps in {namespace or 'all namespaces'}")
