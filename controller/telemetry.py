"""Our own metrics, under the prefix rollctl_.

Why: the tool that judges others by their metrics must be judged by its own.
Never here: decisions.
"""

from itertools import product

import prometheus_client as prometheus

from analysis.verdict import Verdict
from controller.engine.record import Act, Decision

VERDICTS = frozenset({"", *(verdict.value for verdict in Verdict)})
OTHER = "other"
"""What somebody wrote on a workload as a verdict must not make series without end."""
FROM_VERDICTS = (Act.PROMOTE, Act.ROLL_BACK, Act.AWAIT_PERSON)


class Telemetry:
    """All metrics of one controller, in a registry of its own."""

    def __init__(self, version: str) -> None:
        self.registry = prometheus.CollectorRegistry()
        build = prometheus.Info("rollctl_build", "What runs.", registry=self.registry)
        build.info({"version": version})
        self.ticks = self._histogram("rollctl_tick_seconds", "Time of one look, decide, act.")
        self.workloads = self._gauge("rollctl_workloads", "Workloads in sight.")
        self.cases = self._gauge("rollctl_rollouts_judged", "Rollouts whose evidence grows.")
        self.blind = self._gauge("rollctl_rollouts_blind", "Of these, without an answer now.")
        self.holding = self._gauge(
            "rollctl_rollouts_holding", "Rollouts that wait for a person to decide."
        )
        self.stale = self._gauge(
            "rollctl_platform_stale", "1 while what is seen of the platform may be old."
        )
        self.frozen = self._gauge(
            "rollctl_frozen", "1 while a person has told rollctl to change nothing."
        )
        self.policies_frozen = self._gauge(
            "rollctl_policies_frozen", "Policies of which a freeze window is open."
        )
        self.leads = self._gauge(
            "rollctl_leader",
            "Of how many shards this controller decides: 1 or 0 where there are none.",
        )
        self.shards = self._gauge("rollctl_shards", "How many shards there are, 1 without.")
        self.policies = self._gauge("rollctl_policies", "Policies in force.")
        self.policy_problems = self._gauge(
            "rollctl_policy_problems", "Mistakes in policy files; above 0 old policies are kept."
        )
        self.certificate_ends = self._gauge(
            "rollctl_tls_certificate_expiry_timestamp_seconds",
            "When the certificate of this port ends, unix time; 0 without one.",
        )
        self.certificate_stale = self._gauge(
            "rollctl_tls_certificate_stale",
            "1 while the files hold a pair that cannot be used, and the old one is kept.",
        )
        self.write_failures = prometheus.Counter(
            "rollctl_write_failures", "Changes the platform did not take.", registry=self.registry
        )
        self.defects = prometheus.Counter(
            "rollctl_defects", "Workloads skipped by a fault of rollctl.", registry=self.registry
        )
        self._decisions = prometheus.Counter(
            "rollctl_decisions", "Decisions.", ["act", "verdict"], registry=self.registry
        )
        # A counter that appears with its first event seems never to have grown.
        for act, verdict in product(FROM_VERDICTS, Verdict):
            self._decisions.labels(act.value, verdict.value)

    def _gauge(self, name: str, text: str) -> prometheus.Gauge:
        return prometheus.Gauge(name, text, registry=self.registry)

    def _histogram(self, name: str, text: str) -> prometheus.Histogram:
        return prometheus.Histogram(name, text, registry=self.registry)

    def decided(self, decision: Decision) -> None:
        """Counts one decision."""
        verdict = decision.verdict if decision.verdict in VERDICTS else OTHER
        self._decisions.labels(decision.act.value, verdict).inc()

    def page(self) -> bytes:
        """All metrics in the text format."""
        return prometheus.generate_latest(self.registry)
