"""The whole pages, as a person gets them, so that no word of them changes unnoticed."""

from controller.show.document import document
from controller.show.story import explain
from controller.show.table import table
from controller.show.tree import tree
from tests.controller.show.test_show import held, rolled_back
from tests.fakes import NOW

HELD = """\
Name:         web
Namespace:    shop
Status:       Analyzing (Inconclusive)
Images:       web:v2
Rollout:      web:v1 -> web:v2
Policy:       shop-web
Started:      1970-01-12 13:46:40 UTC (5s ago)
Returns to:   web:v1 (never judged Healthy by rollctl: it is what ran before)
Held:         by rollctl since 1970-01-12 13:46:40 UTC
History:      pods of this service are assumed to differ by 45 %: no history yet
Reason:       held with 2 new pods beside 2 old ones until the verdict

├── revision 2  web:v2 (candidate)
│   ├── web-2-0   ready   restarts 0   105s
│   └── web-2-1   ready   restarts 0   105s
├── revision 1  web:v1 (baseline)
│   ├── web-1-0   ready   restarts 0   105s
│   └── web-1-1   ready   restarts 0   105s
└── metrics at 1970-01-12 13:46:40 UTC
    METRIC   CANDIDATE   BASELINE   EFFECT   INTERVAL       TOLERANCE    \
                                    VERDICT
    errors   0.01        0.01       +0%      -10% .. +10%   10% higher   \
──━━━━━━●━━━━━┃──────────────────   Inconclusive

    errors: as it is

Next:      compares until the verdict or the limit; Regressed: rollback, Healthy: pin, at the \
limit: keep (no data: hold) (at the latest in 29m)
Trouble:   a fault
"""
EXPLAINED = """\
deployment/web in shop: RollingBack (Regressed)

The figures about the new version (web:v2) are no longer on the workload; what was noted
of them stands below as evidence. So rollctl rolled it back to
web:v1@sha256:763100000000 and refuses this image until 1970-01-19 13:46:40 UTC. That
version was never judged Healthy by rollctl: it is what ran before.

1970-01-12 13:46:40 UTC  rollctl saw a new release.
  Why: new images: app: web:v1 -> web:v2.

1970-01-12 13:46:40 UTC  rollctl held the rollout.
  Why: held with 2 new pods beside 2 old ones until the verdict.

1970-01-12 13:46:40 UTC  rollctl rolled the release back (Regressed).
  Why: errors: as it is; back to web:v1, never judged Healthy by rollctl: it is what ran before.
  From: web:v2
  To:   web:v1@sha256:763100000000
  Evidence: errors: as it is.

Now:
  Next: returns to the version before; 2 pods of the bad one are left.
"""
TABLE = """\
NAMESPACE   NAME       TARGET           IMAGE                        VERDICT        PHASE         AGE
shop        shop-web   deployment/web   web:v2                       Inconclusive   Analyzing     90s
shop        shop-web   deployment/web   web:v1@sha256:763100000000   Regressed      RollingBack   90s
"""


def test_the_tree_of_a_held_rollout() -> None:
    """Who runs, what was found, where it would return to, what is next and what is wrong."""
    assert [line.rstrip() for line in tree(held(), NOW + 5)] == HELD.splitlines()


def test_the_story_of_a_rollback() -> None:
    """Every act with its reason, oldest first, and what happens next."""
    assert explain(rolled_back(), NOW) == EXPLAINED.splitlines()


def test_the_table() -> None:
    """One line a workload."""
    lines = table([held(), rolled_back()], NOW + 90, wide=False, head=True)
    assert lines == TABLE.splitlines()


def test_the_document_keeps_its_names() -> None:
    """Other programs read these names: none goes, and none is spelled anew."""
    content = document(held())
    assert list(content) == [
        *("apiVersion", "kind", "namespace", "target", "images"),
        *("phase", "verdict", "paused", "record", "report"),
    ]
    assert content["report"].keys() == {
        *("at", "rollout", "judgement", "outlook", "source", "trouble", "queries"),
    }
    assert content["report"]["outlook"].keys() == {"next", "at", "blocked"}
