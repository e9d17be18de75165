"""spec.freeze is read whole, every mistake in it is told with its place, and clocks cannot surprise it."""

from datetime import UTC, datetime, tzinfo
from pathlib import Path
from zoneinfo import ZoneInfo

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

from policies.freeze import shapes
from policies.freeze.moments import parse_moment
from policies.freeze.windows import Allowance, FreezeWindow, frozen_at
from policies.lint import lint
from policies.load import load_text
from tests.policies.policy_texts import WHOLE, only_policy, problems_of

BERLIN = "Europe/Berlin"
WEEKEND = '{from: "Fri 18:00", to: "Mon 08:00", timeZone: Europe/Berlin, reason: weekend}'


def frozen_text(*windows: str) -> str:
    """The whole policy with these windows."""
    return WHOLE + "  freeze:\n" + "".join(f"    - {window}\n" for window in windows)


def windows_of(*windows: str) -> tuple[FreezeWindow, ...]:
    """The windows as read."""
    return only_policy(frozen_text(*windows)).freeze


def when(text: str, zone: str = BERLIN, fold: int = 0) -> float:
    """Unix seconds of a time on the wall."""
    wall = datetime.fromisoformat(text)
    return wall.replace(tzinfo=ZoneInfo(zone), fold=fold).timestamp()


def is_frozen(windows: tuple[FreezeWindow, ...], at: float) -> bool:
    """Whether any is open."""
    return bool(frozen_at(windows, at))


def test_a_whole_window() -> None:
    """Every key reaches the window."""
    (window,) = windows_of(
        '{from: "Fri 18:00", to: "mon 8:00", timeZone: Europe/Berlin, allow: nothing, reason: audit}'
    )
    assert (window.begin, window.end) == (parse_moment("Fri 18:00"), parse_moment("Mon 08:00"))
    assert (window.zone, window.zone_name) == (ZoneInfo(BERLIN), BERLIN)
    assert (window.allows, window.reason) == (Allowance.NOTHING, "audit")


def test_the_least_window() -> None:
    """Unless written otherwise it is UTC's, lets rollbacks through, and needs no quotes."""
    (window,) = windows_of("{from: 18:00, to: 08:00}")
    assert (window.zone, window.allows, window.reason) == (UTC, Allowance.ROLLBACKS, "")
    assert is_frozen((window,), when("2026-11-24 18:00", "UTC"))
    assert only_policy(WHOLE).freeze == ()


MISTAKES = [
    ('{from: "Fry 18:00", to: "Mon 08:00"}', "24:14", "one of Mon, Tue"),
    ('{from: "Fri 18:00", to: "Mon 25:00"}', "24:31", 'write for instance "Mon 08:00"'),
    ('{from: "Fri 18:60", to: "Mon 08:00"}', "24:14", "a moment is"),
    ('{from: "0 18 * * 5", to: "Mon 08:00"}', "24:14", "a moment is"),
    ('{from: "Fri 18:00", to: "62h"}', "24:31", "a moment is"),
    ('{from: "Fri 18:00"}', "24:7", "to is missing"),
    ('{from: "18:00", to: "Mon 08:00"}', "24:27", 'write to as from: "08:00"'),
    ('{from: "Fri 18:00", to: "08:00"}', "24:31", 'write to as from: "Mon 08:00"'),
    ('{from: "18:00", to: "18:00"}', "24:27", "nothing, or all the time"),
    ('{from: "00:00", to: "24:00"}', "24:27", "nothing, or all the time"),
    ('{from: "Sun 24:00", to: "Mon 00:00"}', "24:31", "nothing, or all the time"),
    ('{from: "2026-02-30 18:00", to: "2026-03-01 08:00"}', "24:14", "no such day"),
    ('{from: "1926-02-03 18:00", to: "2026-03-01 08:00"}', "24:14", "2000 to 2199"),
    ('{from: "2026-12-23 18:00", to: "2026-01-02 08:00"}', "24:38", "swap them"),
    ('{from: "2026-12-23 18:00", to: "2037-01-02 08:00"}', "24:38", "is the year right?"),
    ('{from: "18:00", to: "08:00", timeZone: Europe/Berlln}', "24:46", "Europe/Berlin"),
    ('{from: "18:00", to: "08:00", timeZone: Europe}', "24:46", "IANA database"),
    ('{from: "18:00", to: "08:00", timeZone: ../../etc/passwd}', "24:46", "IANA database"),
    ('{from: "18:00", to: "08:00", timeZone: "+01:00"}', "24:46", "IANA database"),
    ('{from: "18:00", to: "08:00", allow: all}', "24:43", "rollbacks or nothing"),
    ('{from: "18:00", to: "08:00", resaon: x}', "24:36", "did you mean reason?"),
    ('{from: "18:00", to: "08:00", reason: "a\\nb"}', "24:44", "one line"),
    ('{from: [18], to: "08:00"}', "24:14", "a single value"),
]


@pytest.mark.parametrize(("window", "place", "words"), MISTAKES)
def test_one_mistake(window: str, place: str, words: str) -> None:
    """Each mistake has its line, its column, the rule and what to write instead."""
    (problem,) = problems_of(frozen_text(window))
    assert problem.startswith(f"policy.yaml:{place}: ")
    assert words in problem


def test_all_mistakes_of_a_window_at_once() -> None:
    """One run tells them all."""
    text = frozen_text("{from: Fry 18:00, to: 62h, timeZone: Europe/Berlln, allow: all}")
    assert len(problems_of(text)) == 4


def test_a_machine_without_time_zones_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a slim image the message names what is missing, and UTC works nevertheless."""
    monkeypatch.setattr(shapes, "ZoneInfo", _no_zone)
    monkeypatch.setattr(shapes, "available_timezones", set)
    (problem,) = problems_of(frozen_text(WEEKEND))
    assert "no database of time zones" in problem
    assert "tzdata" in problem
    assert windows_of("{from: 18:00, to: 08:00, timeZone: UTC}")


def _no_zone(name: str) -> tzinfo:
    raise KeyError(name)


def test_a_weekly_window_lasts_from_friday_to_monday() -> None:
    """It is open from its first second to before its last, and says until when and why."""
    weekend = windows_of(WEEKEND)
    for text, expected in (
        ("2026-11-27 17:59:59", False),
        ("2026-11-27 18:00:00", True),
        ("2026-11-29 12:00:00", True),
        ("2026-11-30 07:59:59", True),
        ("2026-11-30 08:00:00", False),
        ("2026-12-02 12:00:00", False),
    ):
        assert is_frozen(weekend, when(text)) is expected, text
    (one,) = frozen_at(weekend, when("2026-11-28 12:00"))
    assert one.until == when("2026-11-30 08:00")
    assert one.told("shop") == (
        "frozen by policy shop until Mon 2026-11-30 08:00 Europe/Berlin: weekend; nothing new is rolled out"
        " or let go, what is worse is rolled back"
    )


def test_a_daily_window_goes_over_midnight() -> None:
    """What ends earlier than it began ends on the next day."""
    nights = windows_of("{from: 18:00, to: 08:00, timeZone: Europe/Berlin}")
    assert is_frozen(nights, when("2026-11-24 23:00"))
    assert is_frozen(nights, when("2026-11-25 07:59"))
    assert not is_frozen(nights, when("2026-11-25 12:00"))


def test_a_dated_window_comes_once() -> None:
    """Christmas of one year is not that of the next."""
    holidays = windows_of("{from: 2026-12-23 18:00, to: 2027-01-02 24:00, timeZone: Europe/Berlin}")
    assert is_frozen(holidays, when("2027-01-02 23:59"))
    assert not is_frozen(holidays, when("2027-01-03 00:00"))
    assert not is_frozen(holidays, when("2027-12-24 12:00"))


def test_windows_that_touch_are_one() -> None:
    """Until when is told over all windows that overlap or touch, with the reasons of those open now."""
    both = windows_of(WEEKEND, "{from: 18:00, to: 10:00, timeZone: Europe/Berlin, reason: nights}")
    (one,) = frozen_at(both, when("2026-11-27 20:00"))
    assert (one.until, one.reason) == (when("2026-11-30 10:00"), "weekend, nights")


def test_the_stricter_of_two_windows_wins_while_it_lasts() -> None:
    """While nothing is allowed nothing is; that rollbacks are allowed after it is told too."""
    both = windows_of(
        WEEKEND, '{from: "Sat 10:00", to: "Sat 12:00", timeZone: Europe/Berlin, allow: nothing}'
    )
    told = frozen_at(both, when("2026-11-28 11:00"))
    assert [(one.allows, one.until) for one in told] == [
        (Allowance.NOTHING, when("2026-11-28 12:00")),
        (Allowance.ROLLBACKS, when("2026-11-30 08:00")),
    ]
    (later,) = frozen_at(both, when("2026-11-28 12:00"))
    assert later.allows is Allowance.ROLLBACKS


def test_times_that_clocks_skip_or_repeat_make_the_window_longer() -> None:
    """On 29 March 2026 Berlin has no 02:30, on 25 October it has two."""
    from_skipped = windows_of("{from: 02:30, to: 05:00, timeZone: Europe/Berlin}")
    to_skipped = windows_of("{from: 01:00, to: 02:30, timeZone: Europe/Berlin}")
    assert is_frozen(from_skipped, when("2026-03-29 03:00"))
    assert is_frozen(to_skipped, when("2026-03-29 03:29"))
    assert not is_frozen(to_skipped, when("2026-03-29 03:30"))
    assert is_frozen(from_skipped, when("2026-10-25 02:30", fold=0))
    assert is_frozen(to_skipped, when("2026-10-25 02:29", fold=1))
    assert not is_frozen(to_skipped, when("2026-10-25 02:30", fold=1))


def test_a_midnight_that_clocks_skip_begins_the_window() -> None:
    """In Beirut 26 March 2023 began at 01:00: a window from 00:00 was open by then."""
    (window,) = windows_of("{from: 00:00, to: 06:00, timeZone: Asia/Beirut}")
    assert is_frozen((window,), when("2023-03-26 01:00", "Asia/Beirut"))


def test_wall_time_holds_in_summer_and_winter() -> None:
    """18:00 in Berlin is 16:00 UTC in summer and 17:00 in winter."""
    weekend = windows_of(WEEKEND)
    assert is_frozen(weekend, when("2026-07-03 16:00", "UTC"))
    assert not is_frozen(weekend, when("2026-11-27 16:59", "UTC"))


def test_windows_that_leave_no_time_are_doubted() -> None:
    """Each is right and both together are for ever; so is a window without rollbacks doubted."""
    loaded = load_text(
        frozen_text("{from: 08:00, to: 20:00}", "{from: 20:00, to: 08:00}"), "p.yaml"
    )
    (doubt,) = lint(loaded)
    assert "leave no time" in str(doubt)
    (one,) = frozen_at(loaded.policies[0].freeze, when("2026-11-24 12:00"))
    assert one.until is None
    assert "leave no time" in one.told("shop")
    strict = load_text(frozen_text("{from: 08:00, to: 20:00, allow: nothing}"), "p.yaml")
    assert ["without rollbacks" in str(doubt) for doubt in lint(strict)] == [True]
    assert not lint(load_text(frozen_text(WEEKEND), "p.yaml"))


MOMENTS = st.tuples(
    st.sampled_from(["", "Mon ", "Wed ", "Sat ", "Sun "]), st.integers(0, 23), st.integers(0, 59)
)
ZONES = st.sampled_from([BERLIN, "UTC", "America/New_York", "Asia/Beirut", "Australia/Lord_Howe"])


@settings(deadline=None)
@given(
    begin=MOMENTS,
    to=st.tuples(st.integers(0, 23), st.integers(0, 59)),
    days=st.sampled_from(["Mon ", "Thu ", "Sun "]),
    zone=ZONES,
    at=st.integers(1_700_000_000, 1_900_000_000),
)
def test_until_is_the_first_moment_that_is_free(
    begin: tuple[str, int, int], to: tuple[int, int], days: str, zone: str, at: int
) -> None:
    """Up to `until` it is frozen, at `until` no more; membership follows the clock on the wall wherever the
    clock is not being put."""
    first = f"{begin[0]}{begin[1]:02}:{begin[2]:02}"
    last = f"{days if begin[0] else ''}{to[0]:02}:{to[1]:02}"
    if first == last:
        return
    windows = windows_of(f'{{from: "{first}", to: "{last}", timeZone: {zone}}}')
    told = frozen_at(windows, float(at))
    if _steady(zone, at):
        assert bool(told) is _by_the_wall(windows[0], datetime.fromtimestamp(at, ZoneInfo(zone)))
    if told and told[0].until is not None:
        until = told[0].until
        assert is_frozen(windows, until - 1.0)
        assert is_frozen(windows, (at + until) / 2.0)
        assert not is_frozen(windows, until)


def _steady(zone: str, at: int) -> bool:
    """Whether no clock is put within two weeks."""
    around = {
        datetime.fromtimestamp(at + days * 86_400, ZoneInfo(zone)).utcoffset()
        for days in range(-9, 10)
    }
    return len(around) == 1


def _by_the_wall(window: FreezeWindow, wall: datetime) -> bool:
    """The same question on a dial of minutes."""
    weekly = window.begin.weekday is not None
    dial = 7 * 1_440 if weekly else 1_440
    first = 1_440 * (window.begin.weekday or 0) + window.begin.minute
    last = 1_440 * (window.end.weekday or 0) + window.end.minute
    now = (1_440 * wall.weekday() if weekly else 0) + 60 * wall.hour + wall.minute
    return (now - first) % dial < (last - first) % dial


def test_the_documented_windows_are_read() -> None:
    """What docs/policy.md shows of freeze windows is a freeze without a mistake."""
    text = (Path(__file__).parents[3] / "docs" / "policy.md").read_text(encoding="utf-8")
    block = text[text.index("```yaml\nfreeze:") :].split("```")[1].removeprefix("yaml\n")
    windows = only_policy(WHOLE + "".join(f"  {line}\n" for line in block.splitlines())).freeze
    assert len(windows) == 3
