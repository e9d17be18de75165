from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

from benchmarks.rollbench import plots
from benchmarks.rollbench.cell import Cell
from benchmarks.rollbench.results import Result

SVG = "{http://www.w3.org/2000/svg}"
SURE = Result(Cell("clean"), "eager", 0.05, 100, 90, 0, 10, 15.0, 15.0, None, 0.0, (90, 90))
FINE = replace(SURE, rule="calm <&>", rolled_back=4, back_by_minute=(0, 4))
SEEN = replace(SURE, cell=Cell("errors x4"), rolled_back=100, back_by_minute=(50, 100))


def drawn(picture: plots.Picture, tag: str) -> list[ET.Element]:
    return list(ET.fromstring(picture.svg()).iter(SVG + tag))


def test_broken_promises_are_red() -> None:
    """A rate surely above the promise is red, one that may be within it white."""
    fills = {
        next(iter(group)).text: group.find(f"{SVG}rect")
        for group in drawn(plots.false_rollbacks([SURE, FINE]), "g")
    }
    colours = [rect.get("fill") for rect in fills.values() if rect is not None]
    assert "rgb(255,255,255)" in colours
    assert any(colour not in {"rgb(255,255,255)", None} for colour in colours)


def test_curve_rises_as_runs_are_rolled_back() -> None:
    """Half by the first minute, all by the second: half the height, then the whole of it."""
    (line,) = drawn(plots.detection([SEEN]), "polyline")
    heights = [float(point.split(",")[1]) for point in str(line.get("points")).split()]
    assert heights[0] - heights[1] == heights[1] - heights[2] == plots.TALL / 2


def test_both_pictures_of_each_promise_are_written(tmp_path: Path) -> None:
    """Four files for two promises, all of them well formed."""
    written = plots.save(tmp_path, [SURE, FINE, SEEN, replace(SURE, promise=0.01)])
    assert len(written) == 4
    for path in written:
        ET.parse(path)
