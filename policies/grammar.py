"""Every key of a policy file: its shape, its meaning, its default.

Why: reading, the JSON Schema and the reference in docs/policy.md are all made from this
table, so a key is added, and explained, in one place.
Never here: rules between two keys (checks), how shapes are read (shapes).
"""

from analysis.question import Direction
from analysis.strata import MOST_STRATA
from policies.freeze.grammar import FREEZE
from policies.images.grammar import ENVIRONMENT, IMAGES
from policies.labels import LabelOperator
from policies.model import (
    HealthyAction,
    InconclusiveAction,
    Measure,
    NoDataAction,
    RegressedAction,
    RollbackScope,
)
from policies.shapes import (
    Choice,
    Duration,
    Fraction,
    Harm,
    ListOf,
    OrOff,
    Series,
    Share,
    Text,
    TextMap,
    Word,
)
from policies.tables import Field, Table

MOST_METRICS = 50
PRESETS = ("http-service", "grpc-service", "worker")
KINDS = ("Deployment",)

_DAY = 86_400.0
MOST_STRATUM_LABELS = 3
_NAME = Text(
    r"[a-z0-9]([-a-z0-9]*[a-z0-9])?",
    "a name is lower-case letters, digits and dashes, and begins and ends with no dash (DNS-1123)",
    "shop-web",
    63,
)
_METRIC_NAME = Text(
    r"[A-Za-z][A-Za-z0-9_-]*",
    "a metric's name is letters, digits, dashes and underscores, and begins with a letter",
    "errors",
    63,
)
_SERIES_LABEL = Text(
    r"[a-zA-Z_][a-zA-Z0-9_]*",
    "a series' label is letters, digits and underscores, and begins with no digit",
    "route",
    128,
)
_LABEL_KEY = Text(
    r"([a-z0-9]([-a-z0-9.]*[a-z0-9])?/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?",
    "a label's key is as Kubernetes allows it: an optional prefix and /, then up to 63 letters, "
    "digits, dashes, underscores and dots",
    "app.kubernetes.io/name",
    317,
)
_LABEL_VALUE = Text(
    r"([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)?",
    "a label's value is as Kubernetes allows it: letters, digits, dashes, underscores and dots",
    "web",
    63,
)

NAME = Field("name", _NAME, "What the policy is called in status, log and record.", required=True)
METADATA = Table((NAME,))

LABEL = Field("key", _LABEL_KEY, "The label that is looked at.", required=True)
LABEL_OPERATOR = Field(
    "operator", Choice(LabelOperator, {}), "How it is looked at, as in Kubernetes.", required=True
)
LABEL_VALUES = Field(
    "values",
    ListOf(_LABEL_VALUE, 100, "[web, api]"),
    "The values that In and NotIn compare with; absent for Exists and DoesNotExist.",
    default="[]",
)
REQUIREMENT = Table((LABEL, LABEL_OPERATOR, LABEL_VALUES))
MATCH_LABELS = Field(
    "matchLabels",
    TextMap(_LABEL_KEY, _LABEL_VALUE, 50),
    "Labels that the workload must carry with these values.",
    default="{}",
)
MATCH_EXPRESSIONS = Field(
    "matchExpressions",
    ListOf(REQUIREMENT, 50, "[{key: app, operator: In, values: [web]}]"),
    "Further conditions on labels; all must hold.",
    default="[]",
)
LABEL_SELECTOR = Table((MATCH_LABELS, MATCH_EXPRESSIONS))

NAMESPACES = Field(
    "namespaces",
    ListOf(_NAME, 100, "[shop]"),
    "The namespaces in which workloads are governed; an empty list means all of them.",
    default="[]",
)
WORKLOAD_KINDS = Field(
    "kinds",
    ListOf(Word(KINDS, {}), 10, "[Deployment]", least=1),
    "The kinds of workloads that are governed.",
    default="[Deployment]",
)
SELECTOR = Field(
    "selector",
    LABEL_SELECTOR,
    "The labels of the governed workloads (of the Deployment itself, not of its pods), as in "
    "Kubernetes. It must be written, so that nobody governs everything by leaving it out; {} "
    "is everything.",
    required=True,
)
WORKLOADS = Field(
    "workloads",
    Table((NAMESPACES, WORKLOAD_KINDS, SELECTOR)),
    "Which workloads this policy governs. Two policies must never claim the same one.",
    required=True,
)

WARM_UP = Field(
    "warmup",
    Duration(0, _DAY),
    "How long after a pod became ready its samples are not compared: caches fill, code warms up.",
    default="60s",
)
INTERVAL = Field(
    "interval",
    Duration(0.1, 3_600),
    "The length of one window, and how often rollctl looks. Shorter than your scrape interval "
    "leaves windows empty.",
    default="15s",
)
LIMIT = Field(
    "limit",
    Duration(1, 30 * _DAY),
    "How long a rollout is analyzed at most; then onInconclusive or onNoData decides.",
    default="30m",
)
HOLD = Field(
    "hold",
    OrOff(Share(1.0, below=True)),
    "The share of candidate pods at which the rollout is paused until the verdict, so that old "
    "and new serve the same traffic side by side. off never waits: then before is compared "
    "with after, and less can be claimed.",
    default="50%",
)
FALSE_ROLLBACK_RATE = Field(
    "falseRollbackRate",
    Share(0.5, below=False),
    "The chance that a release that is not worse is called Regressed, for the whole rollout: "
    "all metrics and all looks together.",
    default="1%",
)
STARTUP_DEADLINE = Field(
    "startupDeadline",
    Duration(1, _DAY),
    "How long a candidate pod may fail to start (crash loop, image pull, never ready) before "
    "that counts as evidence against the release.",
    default="2m",
)
ANALYSIS_TABLE = Table((WARM_UP, INTERVAL, LIMIT, HOLD, FALSE_ROLLBACK_RATE, STARTUP_DEADLINE))
ANALYSIS = Field("analysis", ANALYSIS_TABLE, "When and how strictly to compare.", default="{}")

METRIC_NAME = Field(
    "name",
    _METRIC_NAME,
    "What the metric is called; unique within the policy.",
    required=True,
)
BAD = Field("bad", Series(), "The counter of what went wrong.", required=True)
TOTAL = Field("total", Series(), "The counter of everything, good and bad.", required=True)
RATIO = Field("ratio", Table((BAD, TOTAL)), "Compares the bad share of all: two counters.")
RATE = Field("rate", Series(), "Compares how fast a counter grows, per pod.")
HISTOGRAM = Field(
    "histogram", Series(), "Compares a quantile of a classic histogram: its _bucket series."
)
GAUGE = Field("gauge", Series(), "Compares a value that goes up and down, per pod.")
OF = Field("of", Series(), "The counter of what is spent: CPU seconds, bytes.", required=True)
PER = Field("per", Series(), "The counter of what it is spent on: requests.", required=True)
COST = Field("cost", Table((OF, PER)), "Compares what a request costs, per pod: two counters.")
MEASURE = Field(
    "measure",
    Choice(Measure, {}),
    "What of a gauge is compared: its level, or its slope, by how much it grows or shrinks an hour, "
    "which shows a leak while the levels are still equal; for no other kind.",
    default="level",
)
QUANTILE = Field(
    "quantile", Fraction("0.99"), "The quantile of a histogram; for no other kind.", default="0.99"
)
STRATIFY_BY = Field(
    "stratifyBy",
    ListOf(_SERIES_LABEL, MOST_STRATUM_LABELS, "[route]"),
    "Labels of the series, as [route]: each of their values is compared with itself only, so that a "
    "changed mix of routes is no harm and one bad route is not hidden by the others. For a ratio or "
    f"a histogram; labels with few values, since after {MOST_STRATA} all further ones are one, and "
    "what only one version serves cannot be compared.",
    default="[]",
)
WORSE = Field(
    "worse",
    Choice(Direction, {}),
    "Which way harm lies. For a ratio, a histogram or a cost it is higher unless written; for a rate "
    "or a gauge it must be written.",
)
TOLERANCE = Field(
    "tolerance",
    Harm(),
    "Harm below this is not worth a rollback: 10% of the baseline's value; for a ratio also 0.5pp, "
    "an absolute difference in percentage points; for a slope, which has to state it, 5%/h: 5% of "
    "the level an hour more than the baseline's slope.",
    default="10%",
)
METRIC = Table(
    (
        METRIC_NAME,
        RATIO,
        RATE,
        HISTOGRAM,
        GAUGE,
        COST,
        MEASURE,
        QUANTILE,
        STRATIFY_BY,
        WORSE,
        TOLERANCE,
    )
)

PRESET = Field(
    "preset",
    Word(PRESETS, {}),
    "A ready-made list of metrics. A metric under metrics with the name of a preset's metric "
    "changes the keys it states; stating another input (ratio, rate, histogram, gauge, cost) replaces "
    "it; any other name is added.",
)
METRICS = Field(
    "metrics",
    ListOf(METRIC, MOST_METRICS, "[{name: errors, ratio: {bad: …, total: …}}]", least=1),
    f"The metrics to compare, 1 to {MOST_METRICS} together with the preset's.",
)

REGRESSED_ACTION = Field(
    "action",
    Choice(RegressedAction, {}),
    "What to do with a release that is worse: rollback; hold (pause it and tell a person); keep.",
    default="rollback",
)
SCOPE = Field(
    "scope",
    Choice(RollbackScope, {}),
    "What a rollback restores: the whole pod template, or only its images.",
    default="template",
)
QUARANTINE = Field(
    "quarantine",
    OrOff(Duration(1, 3_650 * _DAY)),
    "How long a rollout to the same digest is undone at once; off never quarantines.",
    default="7d",
)
ON_REGRESSED = Field(
    "onRegressed",
    Table((REGRESSED_ACTION, SCOPE, QUARANTINE)),
    "What follows when the release was shown to be worse.",
    default="{}",
)
HEALTHY_ACTION = Field(
    "action",
    Choice(HealthyAction, {}),
    "What to do with a release shown not to be worse: pin records its digest as last known "
    "good, without restarting a pod; keep only lets it go on.",
    default="pin",
)
ON_HEALTHY = Field(
    "onHealthy",
    Table((HEALTHY_ACTION,)),
    "What follows when the release was shown not to be worse.",
    default="{}",
)
INCONCLUSIVE_ACTION = Field(
    "action",
    Choice(InconclusiveAction, {}),
    "What to do when the limit comes before an answer: keep; rollback; pin.",
    default="keep",
)
ON_INCONCLUSIVE = Field(
    "onInconclusive",
    Table((INCONCLUSIVE_ACTION,)),
    "What follows when pods or traffic were too few to tell.",
    default="{}",
)
NO_DATA_ACTION = Field(
    "action",
    Choice(
        NoDataAction,
        {
            "rollback": "silence of the monitoring says nothing about the release, so no data "
            "never rolls back: hold or keep"
        },
    ),
    "What to do when nothing was measured: hold (pause it and tell a person); keep. There is "
    "no rollback here: silence of the monitoring says nothing about the release.",
    default="hold",
)
ON_NO_DATA = Field(
    "onNoData",
    Table((NO_DATA_ACTION,)),
    "What follows when the metrics gave no data.",
    default="{}",
)

SPEC = Field(
    "spec",
    Table(
        (
            WORKLOADS,
            ENVIRONMENT,
            IMAGES,
            FREEZE,
            ANALYSIS,
            PRESET,
            METRICS,
            ON_REGRESSED,
            ON_HEALTHY,
            ON_INCONCLUSIVE,
            ON_NO_DATA,
        )
    ),
    "What the policy asks for.",
    required=True,
)
API_VERSION = Field(
    "apiVersion", Word(("rollctl/v1",), {}), "The version of this format.", required=True
)
DOCUMENT_KIND = Field("kind", Word(("RolloutPolicy",), {}), "What this document is.", required=True)
HEAD = Field("metadata", METADATA, "Names the policy.", required=True)
POLICY = Table((API_VERSION, DOCUMENT_KIND, HEAD, SPEC))
