"""The best build that may run is next, and everything against the others is told."""

from dataclasses import replace
from math import inf

import pytest

from controller.engine.builds.build import Build, CiAnswer, Running
from controller.engine.builds.choose import choose
from controller.engine.builds.objection import Cause, Objection
from controller.engine.record import Quarantined
from tests.controller.engine.builds.made import (
    MOVING,
    NEWEST,
    NOW,
    bad,
    build,
    digest,
    rule_of,
    running,
    stock,
    word,
)

REQUIRE = "repository: shop/web, semver: '>=1.2 <2', require: "


def causes(*objections: Objection) -> list[str]:
    """What sorts of reasons these are."""
    return [objection.cause.value for objection in objections]


def test_the_newest_build_is_next() -> None:
    """Of the tags that count the best is rolled out, whatever else the repository holds."""
    tags = ("1.2.0", "1.10.0", "1.9.0", "2.0.0", "latest", "1.11.0-rc.1")
    choice = choose(rule_of(), stock(*map(build, tags)))
    assert choice.next == build("1.10.0")
    assert choice.reasons == ()


def test_nothing_newer() -> None:
    """A build older than what runs, or the same, is never next, and that is said."""
    choice = choose(rule_of(), stock(build("1.2.0"), build("1.1.0"), runs="1.2.0"))
    assert choice.best is None
    assert causes(*choice.objections) == ["NotNewer"]
    assert "nothing is newer" in choice.reasons[0]


def test_nothing_counts() -> None:
    """A repository without a tag that counts says so, with how many it has."""
    choice = choose(rule_of(), stock(build("latest"), build("main")))
    assert choice.reasons == ("none of 2 tags counts",)


def test_what_runs_beyond_the_range_is_not_downgraded() -> None:
    """A version above the range that a person rolled out stays: all of the range is older."""
    choice = choose(rule_of(), stock(build("1.9.0"), runs="2.1.0"))
    assert causes(*choice.objections) == ["NotNewer"]


def test_the_same_digest_under_a_new_tag_is_no_news() -> None:
    """A tag for what runs already changes nothing, and counts for how new that is."""
    same = build("1.4.0", of="1.2.0")
    assert choose(rule_of(), stock(same)).best is None
    assert choose(rule_of(), stock(same, build("1.3.0"))).best is None
    assert choose(rule_of(), stock(same, build("1.5.0"))).next == build("1.5.0")


def test_quarantine_follows_the_digest() -> None:
    """A bad digest is refused under any tag, and the best build that is fit is next."""
    shelf = stock(build("1.4.0", of="1.3.0"), build("1.3.0"), build("1.2.5"))
    choice = choose(rule_of(), replace(shelf, quarantine=(bad("1.3.0", 5_400),)))
    assert choice.next == build("1.2.5")
    assert [refused.build.tag for refused in choice.refused] == ["1.4.0", "1.3.0"]
    assert choice.reasons[0] == "1.4.0: in quarantine for another 1h30m: errors: +45pp"
    assert choice.changes_at == NOW + 5_400


def test_quarantine_of_one_platform() -> None:
    """A pod names the image of its platform; an index that holds it is refused too."""
    index = Build("1.3.0", digest("index"), parts=frozenset({digest("amd64"), digest("arm64")}))
    choice = choose(rule_of(), replace(stock(index), quarantine=(bad("arm64"),)))
    assert causes(*choice.refused[0].objections) == ["Quarantined"]


def test_quarantine_that_is_over_or_for_good() -> None:
    """What is over holds nothing back; what is for good says so."""
    over = replace(stock(build("1.3.0")), quarantine=(bad("1.3.0", 0),))
    assert choose(rule_of(), over).next == build("1.3.0")
    for_good = Quarantined(digest("1.3.0"), "x", inf, "a person")
    choice = choose(rule_of(), replace(over, quarantine=(for_good,)))
    assert choice.reasons == ("1.3.0: in quarantine for good: a person",)
    assert choice.changes_at == inf


@pytest.mark.parametrize("environment", ["production", "staging"])
def test_quarantine_told_by_others(environment: str) -> None:
    """A digest that another cluster of this environment, or the one that must verify it, has in
    quarantine is refused here."""
    told = replace(word("1.3.0", "Regressed", environment), quarantined_until=NOW + 60)
    shelf = replace(stock(build("1.3.0")), attestations=(told,))
    choice = choose(rule_of(REQUIRE + "{verifiedIn: staging}"), shelf)
    assert f"in quarantine for another 1m: errors: +45pp ({environment}, eu/web)" in str(
        choice.reasons
    )
    elsewhere = replace(shelf, attestations=(replace(told, environment="canary"),))
    assert choose(rule_of(), elsewhere).next == build("1.3.0")


def test_every_reason_is_told() -> None:
    """One reason hides no other: of the build, and of the workload."""
    rule = rule_of(REQUIRE + "{ciVerdict: webhook, verifiedIn: staging, minimumAge: 10m}")
    shelf = replace(
        stock(build("1.3.0", made_ago=360)),
        quarantine=(bad("1.3.0"),),
        turned_away={digest("1.3.0"): "it was rolled back here: by jo"},
    )
    held = [Objection(Cause.PINNED, "pinned by jo"), Objection(Cause.JUDGING, "in flight")]
    choice = choose(rule, shelf, held)
    assert choice.reasons == (
        "pinned by jo",
        "in flight",
        "1.3.0: in quarantine for another 1h: errors: +45pp",
        "1.3.0: it was rolled back here: by jo; only a person rolls it out again",
        "1.3.0: no verdict of the CI yet (webhook)",
        "1.3.0: not verified in staging yet",
        "1.3.0: younger than the minimum age of 10m by 4m",
    )


def test_a_held_workload_still_names_its_candidate() -> None:
    """What would be next is told although nothing is rolled out."""
    held = [Objection(Cause.MANUAL, "the policy leaves rollouts to a person")]
    choice = choose(rule_of(), stock(build("1.3.0")), held)
    assert (choice.best, choice.next) == (build("1.3.0"), None)


def test_the_ci() -> None:
    """A digest passes when the CI passed it and nothing of it failed."""
    rule = rule_of(REQUIRE + "{ciVerdict: webhook}")
    shelf = stock(Build("1.3.0", digest("1.3.0"), parts=frozenset({digest("arm64")})))
    passed = replace(shelf, ci={digest("1.3.0"): CiAnswer.PASSED})
    assert choose(rule, passed).next is not None
    failed = replace(shelf, ci={**passed.ci, digest("arm64"): CiAnswer.FAILED})
    assert causes(*choose(rule, failed).refused[0].objections) == ["CiFailed"]
    assert causes(*choose(rule, shelf).refused[0].objections) == ["CiMissing"]


def test_verified_elsewhere() -> None:
    """Healthy in the environment asked for lets a build through; in another it does not."""
    rule = rule_of(REQUIRE + "{verifiedIn: staging}")
    shelf = stock(build("1.3.0"))
    good = replace(shelf, attestations=(word("1.3.0", "Healthy"),))
    assert choose(rule, good).next == build("1.3.0")
    other = replace(shelf, attestations=(word("1.3.0", "Healthy", "canary"),))
    assert choose(rule, other).reasons == ("1.3.0: not verified in staging yet",)
    both = (word("1.3.0", "Healthy"), word("1.3.0", "Regressed", place="us/web"))
    worse = choose(rule, replace(shelf, attestations=both))
    assert worse.reasons == ("1.3.0: Regressed in staging (us/web)",)


def test_age_counts_from_the_later_of_made_and_seen() -> None:
    """A build that says it was made in 1970 is as old as it has been seen here."""
    rule = rule_of(REQUIRE + "{minimumAge: 10m}")
    old = Build("1.3.0", digest("1.3.0"), created_at=0.0, seen_at=NOW - 60)
    choice = choose(rule, stock(old))
    assert choice.refused[0].objections[0].until == NOW - 60 + 600
    unknown = Build("1.3.0", digest("1.3.0"))
    assert causes(*choose(rule, stock(unknown)).refused[0].objections) == ["Unknown"]
    assert choose(rule, stock(replace(old, seen_at=NOW - 600))).next is not None


def test_a_build_without_a_digest_waits() -> None:
    """Nothing is rolled out by tag alone."""
    choice = choose(rule_of(), stock(Build("1.3.0", "")))
    assert choice.reasons == ("1.3.0: its digest is not known yet",)


def test_a_moving_tag() -> None:
    """Whatever digest the tag has is next, an older one too, unless it runs already."""
    rule = rule_of(MOVING)
    assert choose(rule, stock(build("latest", of="old"))).next == build("latest", of="old")
    assert choose(rule, stock(build("latest", of="1.2.0"))).best is None
    unknown = replace(stock(build("latest")), running=Running("shop/web:latest"))
    assert causes(*choose(rule, unknown).refused[0].objections) == ["Unknown"]


def test_newest_by_time() -> None:
    """The build made last is next; one of unknown time waits and says so."""
    rule = rule_of(NEWEST)
    shelf = stock(build("a", 50), build("z", 100), Build("q", digest("q")))
    made = replace(shelf, running=replace(running("old"), created_at=NOW - 90))
    choice = choose(rule, made)
    assert choice.next == build("a", 50)
    later = replace(made, running=replace(running("old"), created_at=NOW - 10))
    assert choose(rule, later).reasons == ("q: when its image was made is not known",)
    assert causes(*choose(rule, shelf).refused[0].objections) == ["Unknown"]


def test_what_runs_without_a_place_in_the_order() -> None:
    """A person's build, or a first rollout, is followed by what was made later, or at an unknown
    time; not by what was made before it."""
    rule = rule_of()
    shelf = stock(build("1.3.0", 100), runs="hotfix")
    assert choose(rule, shelf).next == build("1.3.0", 100)
    earlier = replace(shelf, running=replace(running("hotfix"), created_at=NOW - 200))
    assert choose(rule, earlier).next == build("1.3.0", 100)
    later = replace(shelf, running=replace(running("hotfix"), created_at=NOW - 50))
    assert causes(*choose(rule, later).objections) == ["NotNewer"]


def test_few_are_told() -> None:
    """Of many builds passed over the best five are told."""
    shelf = stock(*(Build(f"1.3.{number}", "") for number in range(20)))
    refused = choose(rule_of(), shelf).refused
    assert [one.build.tag for one in refused] == ["1.3.19", "1.3.18", "1.3.17", "1.3.16", "1.3.15"]
