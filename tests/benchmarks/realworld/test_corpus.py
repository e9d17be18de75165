import math
from dataclasses import fields
from pathlib import Path

import msgspec
import pytest

from benchmarks.realworld import corpus
from benchmarks.realworld.interface import Harm, Recorded, Release, Sort
from tests.benchmarks.realworld.files import FLAT, case, release, series, write


def test_a_case_is_a_release_of_one_series(tmp_path: Path) -> None:
    """What a rule needs of a case is read, and its truth beside it."""
    given = case(label="regression", ctx_baseline=FLAT, ctx_candidate=FLAT)
    (trial,) = corpus.cases(write(tmp_path, [given], []))
    (shown,) = trial.release.series
    assert (shown.sort, shown.harm, shown.pods) == (Sort.LATENCY_QUANTILE, Harm.HIGHER, (4, 1))
    assert shown.candidate.values.tolist() == FLAT
    assert shown.day_before is not None
    assert shown.day_before[0].times[0] == shown.baseline.times[0] - 86_400
    assert trial.truth == corpus.Truth(
        "a", "shop", "run 1", faulty=True, visible=True, recorded=True
    )


def test_a_release_has_all_its_series(tmp_path: Path) -> None:
    """A faulty release is visible where one of its series shows the fault."""
    shown = [series(), series(label="regression")]
    given = release(label="regression", series=shown)
    (trial,) = corpus.releases(write(tmp_path, [], [given]))
    assert len(trial.release.series) == 2
    assert trial.truth.visible
    assert (trial.truth.source, trial.truth.group) == ("shop", "run 1")


def test_a_fault_that_no_series_shows_is_not_visible(tmp_path: Path) -> None:
    """Faulty and visible are two things."""
    given = release(label="regression", series=[series(label="unlabelled")])
    (trial,) = corpus.releases(write(tmp_path, [], [given]))
    assert trial.truth.faulty
    assert not trial.truth.visible


def test_a_release_without_telemetry_is_read(tmp_path: Path) -> None:
    """No series at all is a release of which nothing was recorded."""
    (trial,) = corpus.releases(write(tmp_path, [], [release(note="no telemetry")]))
    assert trial.release == Release(())
    assert not trial.truth.recorded


def test_samples_that_are_missing_are_not_there(tmp_path: Path) -> None:
    """Null and NaN leave a gap with their time, never a zero."""
    given = case(baseline=[None, *FLAT[1:]])
    (trial,) = corpus.cases(write(tmp_path, [given], []))
    assert trial.release.series[0].baseline.times[0] == 60.0
    assert corpus.stretch([1.0, 2.0], [math.nan, 5.0]).values.tolist() == [5.0]


def test_rules_never_see_labels(tmp_path: Path) -> None:
    """Two cases that differ in label, fault, name, source and group only look the same."""
    unlike = case(label="regression", id="b", source="farm", group="run 2", fault="leak")
    place = "request_latency_p90_seconds{node=PaymentsOfTheFarm}"
    one, two = corpus.cases(write(tmp_path, [case(), unlike | {"metric": place}], []))
    assert repr(one.release) == repr(two.release)
    assert one.truth != two.truth
    shown = {field.name for kind in (Release, Recorded) for field in fields(kind)}
    assert not shown & {"label", "fault", "source", "group", "id", "release_id", "label_basis"}


def test_what_nobody_is_sure_of_is_not_scored(tmp_path: Path) -> None:
    """A label that is neither harm nor its absence leaves the case out, at every level."""
    unsure = {"label": "unlabelled"}
    directory = write(tmp_path, [case(), case(**unsure)], [release(), release(**unsure)])
    for read in (corpus.cases, corpus.releases, corpus.rollouts):
        assert len(read(directory)) == 1


def test_a_file_of_another_format_is_refused(tmp_path: Path) -> None:
    """A kind that nobody knows is an error, not a guess."""
    with pytest.raises(msgspec.ValidationError):
        corpus.cases(write(tmp_path, [case(kind="smell")], []))


def test_arms_that_share_time_are_side_by_side(tmp_path: Path) -> None:
    """The same minutes are side by side; later ones, or a gap between older ones, are not."""
    later = [10_000.0 + 60.0 * place for place in range(len(FLAT))]
    around = [place * (600.0 if place < 5 else 10_000.0) for place in range(len(FLAT))]
    between = [20_000.0 + 60.0 * place for place in range(len(FLAT))]
    files = [
        case(),
        case(ts_candidate=later),
        case(ts_baseline=around, ts_candidate=between),
        case(candidate=[]),
    ]
    found = corpus.cases(write(tmp_path, files, []))
    told = [trial.release.series[0].side_by_side for trial in found]
    assert told == [True, False, False, False]
