"""The other pages: builds, pictures, diagnoses, policies' mistakes, and answers that were refused."""

import io
import json
import re
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analysis.verdict import Verdict
from controller.adapters.prometheus.faults import status_fault as prometheus_fault
from controller.adapters.registry.faults import reason_in
from controller.adapters.registry.faults import status_fault as registry_fault
from controller.cli.doctoring import tell
from controller.doctor.finding import Finding, Level
from controller.engine.builds.listing import SEEN, Listed, Use
from controller.engine.workload import WorkloadKey
from controller.ports.trail import Step
from controller.printable import printable
from controller.show.course import Course
from controller.show.document import as_json
from controller.show.images import HEAD, WIDE, image_documents, image_name, images_table
from controller.show.plot import Picture, draw
from policies.load import load, load_text
from tests import hostile
from tests.controller.engine.builds.made import NOW, build
from tests.controller.show.made import ERRORS

FEW = settings(max_examples=50, deadline=None, suppress_health_check=list(HealthCheck))
DRAWN = {
    *("svg", "title", "desc", "style", "defs", "g", "path", "rect", "circle", "line", "text"),
    *("use", "clipPath", "tspan", "polyline"),
}
SVG = "{http://www.w3.org/2000/svg}"
keys = st.builds(WorkloadKey, hostile.sent, hostile.sent, hostile.sent)
uses = st.builds(
    Use,
    keys,
    hostile.sent,
    st.just(SEEN),
    st.booleans(),
    st.lists(hostile.sent, max_size=2).map(tuple),
)
rows = st.builds(
    lambda repository, tag, digest, used: Listed(
        repository, replace(build("1.0.0"), tag=tag, digest=digest), used
    ),
    hostile.sent,
    hostile.sent,
    hostile.sent,
    st.lists(uses, max_size=3).map(tuple),
)


@FEW
@given(st.lists(rows, min_size=1, max_size=3), hostile.sent)
def test_builds_are_one_row_each(found: list[Listed], trouble: str) -> None:
    """Tags are anybody's who may push: none makes a row or a column of its own; the document gives
    them back as they are."""
    table = images_table(found, NOW, wide=True, head=True, namespaces=True)
    assert len(table) == 1 + len(found)
    for row in table:
        assert row.isprintable()
        assert len(re.split(" {2,}", row)) == len(HEAD + WIDE)
    assert all(image_name(one).isprintable() for one in found)
    told = json.loads(as_json(image_documents(found, [trouble])))
    assert [item["tag"] for item in told["items"]] == [one.build.tag for one in found]
    assert told["trouble"] == [trouble]


@FEW
@given(hostile.typed, hostile.sent, hostile.sent)
def test_a_picture_is_drawn_of_nothing_else(title: str, versions: str, metric: str) -> None:
    """No name makes an element, an attribute or a link: the XML is whole, has the elements that a
    picture is made of, and leads nowhere outside itself."""
    step = Step(NOW, metric, 0.1, 0.05, 0.15, Verdict.INCONCLUSIVE)
    course = Course(replace(ERRORS, name=metric), (step, replace(step, at=NOW + 15.0)))
    drawn = draw(Picture(title, versions, Verdict.INCONCLUSIVE, (course,), NOW, None))
    root = ET.fromstring(drawn)
    assert {one.tag.removeprefix(SVG) for one in root.iter()} <= DRAWN
    for one in root.iter():
        assert not [name for name in one.attrib if name.startswith("on")]
        assert one.attrib.get("href", "#").startswith("#")
    assert drawn.encode().decode() == drawn
    assert all(printable(line) == line for line in drawn.split("\n"))


@FEW
@given(hostile.typed, hostile.typed, hostile.typed)
def test_a_diagnosis_is_a_line_a_finding(check: str, told: str, mend: str) -> None:
    """Whatever a server has answered the doctor."""
    with redirect_stdout(io.StringIO()) as out, redirect_stderr(io.StringIO()):
        tell([Finding(Level.FAIL, check, told, mend)] * 2, as_document=False)
    lines = out.getvalue().removesuffix("\n").split("\n")
    assert len(lines) == 2
    assert all(line.isprintable() for line in lines)


@FEW
@given(st.lists(hostile.sent, min_size=1, max_size=4))
def test_a_policys_mistakes_are_a_line_each(texts: list[str]) -> None:
    """Keys and values of a file are quoted so that they stay in their line."""
    for text in texts:
        for content in (text, f"{json.dumps(text)}: 1\n", f"kind: {json.dumps(text)}\n"):
            for problem in load_text(content, "policy.yaml").problems:
                assert str(problem).isprintable()


def test_a_name_of_a_file_is_told_in_one_line(tmp_path: Path) -> None:
    """Names of files may hold anything but a slash."""
    file = tmp_path / "evil\n\x1b[2J.yaml"
    file.write_text("kind: none\n")
    (problem, *_) = load([file]).problems
    assert printable(str(problem)).isprintable()


@FEW
@given(hostile.sent, st.integers(300, 599))
def test_a_refusal_is_one_bounded_line(said: str, status: int) -> None:
    """Bodies of errors of Prometheus and of registries, in their own form or in none."""
    told = prometheus_fault(status, said, 0.0).told(str)
    assert told.isprintable()
    assert len(told) < 700
    body = json.dumps({"errors": [{"code": said, "message": said}]}).encode()
    fault = str(registry_fault(status, "registry.example", reason_in(body), 0.0))
    assert fault.isprintable()
    assert len(fault) < 500
