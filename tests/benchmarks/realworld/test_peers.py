import numpy as np
import pytest
from scipy import stats

from benchmarks.realworld import kayenta
from benchmarks.realworld.interface import Answer, Harm, Release, Rule
from benchmarks.realworld.kayenta import KAYENTA
from benchmarks.realworld.peers import MANN_WHITNEY, MEAN, WELCH, welch
from tests.benchmarks.realworld.files import DOUBLED, FLAT, recorded

ALL: tuple[Rule, ...] = (WELCH, MANN_WHITNEY, MEAN, KAYENTA)


@pytest.mark.parametrize("rule", ALL, ids=lambda rule: rule.name)
def test_a_clear_harm_is_rolled_back(rule: Rule) -> None:
    """Twice the latency is seen by everyone."""
    assert rule.decide(Release((recorded(FLAT, DOUBLED),))) is Answer.ROLLBACK


@pytest.mark.parametrize("rule", ALL, ids=lambda rule: rule.name)
def test_the_same_again_is_promoted(rule: Rule) -> None:
    """Equal samples fire nothing."""
    assert rule.decide(Release((recorded(FLAT, FLAT),))) is Answer.PROMOTE


@pytest.mark.parametrize("rule", ALL, ids=lambda rule: rule.name)
def test_a_gain_is_no_harm(rule: Rule) -> None:
    """Half the latency is promoted; where either way is harm, or less is, it is rolled back."""
    halved = [value / 2.0 for value in FLAT]
    assert rule.decide(Release((recorded(FLAT, halved),))) is Answer.PROMOTE
    for harm in (Harm.EITHER, Harm.LOWER):
        assert rule.decide(Release((recorded(FLAT, halved, harm=harm),))) is Answer.ROLLBACK


@pytest.mark.parametrize("rule", ALL, ids=lambda rule: rule.name)
def test_nothing_recorded_is_no_data(rule: Rule) -> None:
    """Neither good nor bad is said of a release without telemetry."""
    assert rule.decide(Release(())) is Answer.NO_DATA
    assert rule.decide(Release((recorded(FLAT, []),))) is Answer.NO_DATA


@pytest.mark.parametrize("rule", [WELCH, MANN_WHITNEY, MEAN], ids=lambda rule: rule.name)
def test_one_metric_suffices(rule: Rule) -> None:
    """The naive rules roll back as soon as any metric fires."""
    shown = Release((recorded(FLAT, FLAT), recorded(FLAT, DOUBLED)))
    assert rule.decide(shown) is Answer.ROLLBACK


def test_welch_is_the_libraries_test() -> None:
    """On random samples of unlike sizes and spreads it says what scipy's p-value says."""
    random = np.random.default_rng(1)
    told = []
    for shift in np.linspace(-0.5, 2.0, 60):
        old, new = random.normal(0.0, 1.0, 9), random.normal(shift, 2.0, 14)
        found = stats.ttest_ind(new, old, equal_var=False, alternative="greater").pvalue < 0.05
        assert welch(old, new) == bool(found)
        told.append(found)
    assert len(set(told)) == 2


def test_constants_that_differ_are_apart_for_welch() -> None:
    """Without any spread a difference is certain, and rounding is none."""
    assert welch(np.full(5, 1.0), np.full(5, 2.0))
    assert not welch(np.full(5, 2.0), np.full(5, 2.0))


def test_the_published_vector_of_the_judge() -> None:
    """10..40 against 1..4: shift 22.5, between 6 and 39."""
    old, new = np.array([1.0, 2.0, 3.0, 4.0]), np.array([10.0, 20.0, 30.0, 40.0])
    assert kayenta.shift(old, new) == (6.0, 39.0, 22.5)


def test_the_judge_knows_no_units() -> None:
    """The same samples in milliseconds are as High as in seconds."""
    old, new = np.array(FLAT), np.array(FLAT) + 0.3
    for unit in (1.0, 1e-6, 1e6):
        assert kayenta.shifted(unit * old, unit * new) is kayenta.shifted(old, new)


def test_one_high_metric_in_four_is_marginal_for_the_judge() -> None:
    """75 points are neither a pass nor a rollback; 50 are a rollback."""
    well, ill = recorded(FLAT, FLAT), recorded(FLAT, DOUBLED)
    assert KAYENTA.decide(Release((well, well, well, ill))) is Answer.INCONCLUSIVE
    assert KAYENTA.decide(Release((well, ill))) is Answer.ROLLBACK


def test_half_without_data_is_no_data_for_the_judge() -> None:
    """A good metric does not stand for a silent one."""
    shown = Release((recorded(FLAT, FLAT), recorded(FLAT, [])))
    assert KAYENTA.decide(shown) is Answer.NO_DATA


def test_a_shift_that_is_barely_certain_is_tolerated_by_the_judge() -> None:
    """Its lower bound must be above a quarter of its estimate, not only above nothing."""
    old = np.arange(20.0)
    low, _, estimate = kayenta.shift(old, old + 6.0)
    assert 0.0 < low < 0.25 * estimate
    assert not kayenta.shifted(old, old + 6.0)
    assert kayenta.shifted(old, old + 15.0)
