"""Policy texts for tests: one whole policy, and ways to change one line of it."""

from policies.load import load_text
from policies.model import Policy

WHOLE = """\
apiVersion: rollctl/v1
kind: RolloutPolicy
metadata: {name: shop-web}
spec:
  workloads:
    namespaces: [shop]
    selector: {matchLabels: {app: web}}
  analysis:
    warmup: 60s
    interval: 15s
    limit: 30m
    hold: 50%
    falseRollbackRate: 1%
    startupDeadline: 2m
  metrics:
    - name: errors
      ratio: {bad: 'http_requests_total{code=~"5.."}', total: http_requests_total}
      tolerance: 10%
  onRegressed: {action: rollback, scope: template, quarantine: 7d}
  onHealthy: {action: pin}
  onInconclusive: {action: keep}
  onNoData: {action: hold}
"""


def changed(old: str, new: str) -> str:
    """The whole policy with `old`, which must be there, replaced by `new`."""
    assert old in WHOLE
    return WHOLE.replace(old, new)


def only_policy(text: str) -> Policy:
    """The one policy of a text without problems."""
    loaded = load_text(text, "policy.yaml")
    assert loaded.problems == ()
    (policy,) = loaded.policies
    return policy


def problems_of(text: str) -> list[str]:
    """The problems of a text, as printed."""
    return [str(problem) for problem in load_text(text, "policy.yaml").problems]
