"""Every key under spec.freeze: its shape, its meaning, its default.

Why: as the grammar of the whole policy, of which this is a part.
Never here: rules between two keys (checks), how shapes are read (shapes).
"""

from policies.freeze.shapes import MomentOfWindow, ZoneName
from policies.freeze.windows import Allowance
from policies.shapes import Choice, ListOf, Text
from policies.tables import Field, Table

MOST_WINDOWS = 50

BEGIN = Field(
    "from",
    MomentOfWindow('"Fri 18:00"'),
    'When the window opens: "18:00" every day, "Fri 18:00" every week, "2026-12-23 18:00" once.',
    required=True,
)
END = Field(
    "to",
    MomentOfWindow('"Mon 08:00"'),
    "When it closes, written as from is: the next such moment after it.",
    required=True,
)
TIME_ZONE = Field(
    "timeZone",
    ZoneName(),
    "Whose clocks both are read from, by its IANA name such as Europe/Berlin. Where those clocks skip "
    "a moment, or show it twice, the window is the longer one.",
    default="UTC",
)
ALLOW = Field(
    "allow",
    Choice(Allowance, {}),
    "What rollctl still does by itself in the window. rollbacks: what people roll out is held, compared and "
    "rolled back where it is worse, but no build is rolled out and no held rollout let go. nothing: "
    "no change at all, as under rollctl freeze.",
    default="rollbacks",
)
REASON = Field(
    "reason",
    Text(r"[^\x00-\x1f\x7f]*", "a reason is one line", "weekend", 200),
    "Why, for whoever sees that nothing happens.",
    default='""',
)
WINDOW = Table((BEGIN, END, TIME_ZONE, ALLOW, REASON))
FREEZE = Field(
    "freeze",
    ListOf(WINDOW, MOST_WINDOWS, '[{from: "Fri 18:00", to: "Mon 08:00"}]'),
    "Times in which rollctl rolls nothing out to these workloads. Windows may overlap. People's own orders "
    "always work.",
    default="[]",
)
