"""Doubts about a policy's images.

Why: a pattern that is not anchored, or a rollout that nobody could undo, is rarely meant.
Never here: mistakes (shapes, checks), what a registry holds.
"""

from collections.abc import Iterator

from policies.images.choices import ByPattern, BySemver, Newest
from policies.images.model import ImageRule
from policies.model import Policy, RegressedAction

Finding = tuple[str, str, str, str]


def doubts(policy: Policy) -> Iterator[Finding]:
    """Path, what is doubtful, why, and what to write instead."""
    for index, image in enumerate(policy.images):
        path = f"spec.images[{index}]"
        for key, what, rule, instead in (*_of_choice(image), *_of_update(image, policy)):
            yield f"{path}.{key}", f"{image.repository}: {what}", rule, instead


def _of_choice(image: ImageRule) -> Iterator[Finding]:
    match image.choice:
        case BySemver(range=range_) if range_.empty:
            yield "semver", f"no release lies in {range_.text}", "no tag will count", "widen it"
        case ByPattern(pattern=pattern) | Newest(pattern=pattern) if not pattern.anchored:
            key = "regex" if isinstance(image.choice, ByPattern) else "newest"
            rule = "then every tag that has a match somewhere in it counts"
            yield (
                key,
                "the pattern is not anchored at both ends",
                rule,
                "write ^ before and $ after it",
            )


def _of_update(image: ImageRule, policy: Policy) -> Iterator[Finding]:
    if not image.auto_update:
        return
    if policy.on_regressed.action is not RegressedAction.ROLLBACK:
        action = policy.on_regressed.action.value
        rule = "a bad build is rolled out by itself and then waits for a person"
        what = f"autoUpdate with onRegressed.action: {action}"
        yield "autoUpdate", what, rule, "write onRegressed.action: rollback"
    if policy.analysis.hold is None:
        rule = "a bad build reaches every pod before anything is compared"
        yield "autoUpdate", "autoUpdate without a hold", rule, "write analysis.hold: 50%"
