"""Records of one digest add up to one state, in whatever order they are read."""

from dataclasses import replace
from math import inf
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from controller.engine.builds.attestation import Attestation, last_words, standing
from tests.controller.engine.builds.made import NOW, digest, word

D = frozenset({digest("1.3.0")})
attestations = st.lists(
    st.builds(
        Attestation,
        st.sampled_from([digest("a"), digest("b")]),
        st.sampled_from(["staging", "production"]),
        st.sampled_from(["eu", "us"]),
        st.sampled_from(["Healthy", "Regressed", "Withdrawn", "Inconclusive", "NoData", "Newer"]),
        st.sampled_from([1.0, 2.0, 3.0]),
        st.sampled_from([None, 2.0, 9.0, inf]),
        st.sampled_from(["", "why"]),
    ),
    max_size=8,
)


@given(attestations, st.randoms(use_true_random=False), st.integers(0, 8))
def test_any_order_and_any_steps(words: list[Attestation], chance: Random, cut: int) -> None:
    """Read in any order, in parts, or twice, the same records give the same state."""
    once = last_words(words)
    shuffled = chance.sample(words, len(words))
    assert last_words(shuffled) == once
    assert last_words((*last_words(words[:cut]), *last_words(words[cut:]))) == once
    assert last_words((*once, *words)) == once


@given(attestations)
def test_bad_news_stays_bad(words: list[Attestation]) -> None:
    """Good news of one place never makes another place's bad news good."""
    before = standing(words, frozenset({digest("a")}), "staging")
    third = Attestation(digest("a"), "staging", "asia", "Healthy", 99.0)
    after = standing([*words, third], frozenset({digest("a")}), "staging")
    assert after.regressed == before.regressed
    assert after.quarantine(5.0) == before.quarantine(5.0)
    assert after.verified is (not before.regressed)


@given(attestations, st.sampled_from(["Inconclusive", "NoData", "Newer"]))
def test_no_answer_undoes_nothing(words: list[Attestation], verdict: str) -> None:
    """Words that decide nothing change no state, however late."""
    silent = [Attestation(digest("a"), "staging", place, verdict, 99.0) for place in ("eu", "us")]
    assert last_words([*words, *silent]) == last_words(words)


def test_a_place_may_change_its_mind() -> None:
    """The last word of a place counts: worse, better, or taken back by a person."""
    first = word("1.3.0", "Healthy", at=NOW)
    worse = replace(word("1.3.0", "Regressed", at=NOW + 1), quarantined_until=NOW + 60)
    assert standing([first], D, "staging").verified
    regressed = standing([first, worse], D, "staging")
    assert not regressed.verified
    assert regressed.quarantine(NOW + 2) == worse
    assert regressed.quarantine(NOW + 60) is None
    withdrawn = standing([first, worse, word("1.3.0", "Withdrawn", at=NOW + 2)], D, "staging")
    assert (withdrawn.verified, withdrawn.regressed) == (False, ())
    better = standing([first, worse, word("1.3.0", "Healthy", at=NOW + 3)], D, "staging")
    assert better.verified


def test_at_the_same_moment_the_worse_counts() -> None:
    """A place that says two things at once is taken at the worse one."""
    both = [word("1.3.0", "Regressed"), word("1.3.0", "Healthy")]
    assert standing(both, D, "staging").regressed == (both[0],)


def test_environments_do_not_speak_for_each_other() -> None:
    """What is bad in one environment is neither good nor bad in another."""
    stands = standing([word("1.3.0", "Regressed", "production")], D, "staging")
    assert (stands.verified, stands.regressed) == (False, ())


def test_the_longest_quarantine_is_told() -> None:
    """Of two places the one that holds longest is named; for good is longest."""
    short = replace(word("1.3.0", "Regressed"), quarantined_until=NOW + 60)
    long = replace(word("1.3.0", "Regressed", place="us/web"), quarantined_until=inf)
    assert standing([short, long], D, "staging").quarantine(NOW) == long
