"""From push to push: bad builds are tried once, and the best good one runs in the end."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from controller.engine.builds.build import Build, Running, Stock
from controller.engine.builds.choose import choose
from controller.engine.record import Quarantined
from policies.images.model import ImageRule
from tests.controller.engine.builds.made import MOVING, NOW, SEMVER, digest, rule_of

DAY_SECONDS = 86_400.0


def push(stock: Stock, tag: str, name: str) -> Stock:
    """The repository with this tag moved to that digest."""
    others = tuple(build for build in stock.builds if build.tag != tag)
    return replace(stock, builds=(*others, Build(tag, digest(name), created_at=stock.now)))


def live(rule: ImageRule, stock: Stock, bad: set[str], tried: list[str]) -> Stock:
    """Rolls out what is next until nothing is: a bad digest is rolled back and quarantined for a
    day, a good one stays."""
    for _ in range(20):
        chosen = choose(rule, stock).next
        if chosen is None:
            return stock
        tried.append(chosen.digest)
        if chosen.digest in bad:
            entry = Quarantined(chosen.digest, chosen.tag, stock.now + DAY_SECONDS, "errors")
            away = {**stock.turned_away, chosen.digest: "rolled back"}
            stock = replace(stock, quarantine=(*stock.quarantine, entry), turned_away=away)
        else:
            stock = replace(stock, running=Running(f"web:{chosen.tag}", chosen.digest))
    raise AssertionError("it goes in circles")


versions = st.tuples(st.integers(2, 5), st.integers(0, 9)).map(lambda v: f"1.{v[0]}.{v[1]}")
pushes = st.lists(versions, min_size=1, max_size=8, unique=True)


@given(pushes, st.sets(st.integers(0, 7)), st.booleans())
def test_versions(tags: list[str], bad_numbers: set[int], weekly: bool) -> None:
    """However versions come, each bad one is tried at most once, also after its quarantine, and
    in the end the highest good one of those that came runs, or something newer than it at its
    time."""
    rule = rule_of(SEMVER)
    bad = {digest(tag) for number, tag in enumerate(tags) if number in bad_numbers}
    tried: list[str] = []
    stock = Stock((), Running("web:1.1.0", digest("1.1.0")), NOW)
    for tag in tags:
        stock = replace(stock, now=stock.now + (7 * DAY_SECONDS if weekly else 60.0))
        stock = live(rule, push(stock, tag, tag), bad, tried)
    assert len(tried) == len(set(tried))
    good = [tag for tag in tags if digest(tag) not in bad]
    best = max(good, key=lambda tag: tuple(map(int, tag.split("."))), default="1.1.0")
    assert stock.running.digest == digest(best)


@given(st.lists(st.sampled_from("abcdef"), min_size=1, max_size=8), st.sets(st.sampled_from("abc")))
def test_a_moving_tag(names: list[str], bad_names: set[str]) -> None:
    """Wherever the tag is moved, back as well, good digests are followed and bad ones never
    tried twice."""
    rule = rule_of(MOVING)
    tried: list[str] = []
    stock = Stock((), Running("web:latest", digest("first")), NOW)
    for name in names:
        before = stock.running.digest
        stock = replace(stock, now=stock.now + 60.0)
        stock = live(rule, push(stock, "latest", name), set(map(digest, bad_names)), tried)
        assert stock.running.digest == (before if name in bad_names else digest(name))
    for name in bad_names:
        assert tried.count(digest(name)) <= 1
