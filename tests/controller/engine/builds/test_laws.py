"""Laws of the choice that hold for any repository."""

from dataclasses import replace
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from controller.engine.builds.attestation import Attestation
from controller.engine.builds.build import Build, CiAnswer, Running, Stock
from controller.engine.builds.choose import choose
from controller.engine.builds.order import MOST_LOOK_UPS, in_order, worth_a_look
from controller.engine.record import Quarantined
from policies.images.model import ImageRule
from policies.images.repositories import tag_of
from tests.controller.engine.builds.made import MOVING, NEWEST, NOW, SEMVER, digest, rule_of

GATES = "require: {ciVerdict: webhook, verifiedIn: staging, minimumAge: 10m}"
PATTERN = r"repository: shop/web, regex: '^1\.(?P<n>\d+)\.'"
rules = st.builds(
    lambda text, gated: rule_of(f"{text}, {GATES}" if gated else text),
    st.sampled_from([SEMVER, PATTERN, NEWEST, MOVING]),
    st.booleans(),
)
tags = st.sampled_from(
    ["1.2.0", "v1.2.0", "1.2.1", "1.3.0", "1.10.0", "2.0.0", "latest", "1.4.0-rc.1"]
)
names = st.sampled_from("abcdef")
digests = names.map(digest)
times = st.none() | st.sampled_from([NOW - 9_000, NOW - 900, NOW - 60])
builds = st.lists(
    st.builds(Build, tags, digests | st.just(""), times, times, st.frozensets(digests, max_size=2)),
    max_size=8,
    unique_by=lambda build: build.tag,
).map(tuple)
running = st.builds(Running, tags.map("shop/web:{}".format), digests | st.just(""), times)
quarantine = st.lists(
    st.builds(
        Quarantined, digests, st.just("x"), st.sampled_from([NOW - 1, NOW + 1]), st.just("bad")
    ),
    max_size=2,
).map(tuple)
attestations = st.lists(
    st.builds(
        Attestation,
        digests,
        st.sampled_from(["staging", "production"]),
        st.sampled_from(["eu", "us"]),
        st.sampled_from(["Healthy", "Regressed", "Withdrawn", "NoData"]),
        st.sampled_from([NOW - 2, NOW - 1]),
        st.sampled_from([None, NOW - 1, NOW + 1]),
    ),
    max_size=6,
).map(tuple)
stocks = st.builds(
    Stock,
    builds=builds,
    running=running,
    now=st.just(NOW),
    environment=st.sampled_from([None, "production"]),
    quarantine=quarantine,
    turned_away=st.dictionaries(digests, st.just("rolled back"), max_size=1),
    ci=st.dictionaries(digests, st.sampled_from(CiAnswer), max_size=4),
    attestations=attestations,
)


@given(rules, stocks, st.randoms(use_true_random=False))
def test_order_of_what_is_given_changes_nothing(
    rule: ImageRule, stock: Stock, chance: Random
) -> None:
    """Registries list tags in any order, and records come in any order."""
    shuffled = replace(
        stock,
        builds=tuple(chance.sample(stock.builds, len(stock.builds))),
        attestations=tuple(chance.sample(stock.attestations, len(stock.attestations))),
    )
    assert choose(rule, shuffled) == choose(rule, stock)


@given(rules, stocks)
def test_nothing_known_bad_is_next(rule: ImageRule, stock: Stock) -> None:
    """What is next counts, has a digest, and nothing of it is in quarantine or was left."""
    chosen = choose(rule, stock).next
    if chosen is None:
        return
    assert rule.choice.counts(chosen.tag)
    assert chosen.digest
    assert stock.running.digest not in chosen.digests
    assert not chosen.digests & {entry.digest for entry in stock.quarantine if entry.until > NOW}
    assert not chosen.digests & stock.turned_away.keys()


@given(rules, stocks)
def test_gates_are_never_passed_by(rule: ImageRule, stock: Stock) -> None:
    """Where a gate is asked for, what is next has met it."""
    chosen = choose(rule, stock).next
    if chosen is None or rule.gates.ci_verdict is None:
        return
    assert any(stock.ci.get(one) is CiAnswer.PASSED for one in chosen.digests)
    said = {
        (one.verdict, one.environment) for one in stock.attestations if one.digest in chosen.digests
    }
    assert ("Healthy", "staging") in said
    assert chosen.since is not None
    assert NOW - chosen.since >= rule.gates.minimum_age_seconds


@given(st.sampled_from([SEMVER, PATTERN]).map(rule_of), stocks)
def test_no_downgrade(rule: ImageRule, stock: Stock) -> None:
    """Where the running tag has a place in the order, what is next has a higher one."""
    chosen = choose(rule, stock).next
    place = rule.choice.rank(tag_of(stock.running.reference), None)
    if chosen is not None and place is not None:
        assert place < rule.choice.rank(chosen.tag, chosen.created_at)


@given(rules, stocks)
def test_what_was_rolled_out_is_not_followed_by_anything(rule: ImageRule, stock: Stock) -> None:
    """Once it runs, nothing more is next until something changes: choices never go in circles."""
    chosen = choose(rule, stock).next
    if chosen is not None:
        reference = f"shop/web:{chosen.tag}@{chosen.digest}"
        after = replace(stock, running=Running(reference, chosen.digest, chosen.created_at))
        assert choose(rule, after).next is None


@given(rules, stocks)
def test_there_is_a_build_or_a_reason(rule: ImageRule, stock: Stock) -> None:
    """Something is next, or it is said why nothing is; and what is said is one line each."""
    choice = choose(rule, stock)
    assert (choice.next is None) <= bool(choice.reasons)
    assert all(reason and "\n" not in reason for reason in choice.reasons)


@given(rules, stocks)
def test_only_better_builds_are_passed_over(rule: ImageRule, stock: Stock) -> None:
    """Every build told as refused stands before the one that is next."""
    choice = choose(rule, stock)
    ordered = in_order(rule.choice, stock.builds)
    if choice.best is not None:
        place = ordered.index(choice.best)
        assert all(ordered.index(refused.build) < place for refused in choice.refused)


@given(rules, st.lists(st.integers(0, 300), max_size=200, unique=True))
def test_looking_up_is_bounded(rule: ImageRule, numbers: list[int]) -> None:
    """Of a repository of any size a few tags are asked for, and the best is among them."""
    tags_ = [f"1.{number}.0" for number in numbers]
    asked = worth_a_look(rule.choice, tags_)
    assert len(asked) <= MOST_LOOK_UPS
    assert set(asked) <= set(tags_)
    best = in_order(rule.choice, [Build(tag, "") for tag in tags_])[:1]
    assert all(build.tag in asked for build in best)
