"""Whether another machine's clock agrees with ours.

Why: pods' times are the platform's, samples' the source's, decisions ours; warm-ups and windows
are cut by all three.
Never here: reading clocks.
"""

from controller.doctor.finding import Finding, bad, doubtful, good

TOLERABLE_SECONDS = 2.0
HARMFUL_SECONDS = 10.0
BY_NTP = "set the clocks of both machines by NTP"


def compared(check: str, who: str, told: float | None, now: float) -> Finding:
    """What the difference of `told` and `now` means, both in unix seconds."""
    if told is None:
        return doubtful(check, f"{who} does not say what time it is", "compare the clocks by hand")
    ahead = told - now
    said = f"{abs(ahead):.0f} s {'ahead of' if ahead > 0 else 'behind'} ours"
    if abs(ahead) > HARMFUL_SECONDS:
        return bad(check, f"the clock of {who} is {said}", BY_NTP)
    if abs(ahead) > TOLERABLE_SECONDS:
        return doubtful(check, f"the clock of {who} is {said}", BY_NTP)
    return good(check, f"the clock of {who} agrees with ours")
