"""What a person reads of a workload."""

from dataclasses import replace

from analysis.verdict import Verdict
from controller.engine.advance import advance
from controller.engine.outlook import outlook
from controller.engine.record import Act, Decision
from controller.engine.workload import Workload
from controller.ports.platform import Sighting
from controller.report import Report, report_text
from controller.show.document import as_json, as_yaml, document
from controller.show.seen import Seen, seen
from controller.show.story import entries_of, explain, history
from controller.show.table import table
from controller.show.text import age
from controller.show.tree import tree
from tests.fakes import NOW, after, judgement, policy, sight, workload

ESCAPE = "\x1b[31mred\x1b[0m\r\n"


def held(reason: str = "errors: as it is") -> Seen:
    """A workload whose rollout is held, with findings shown on it."""
    one = workload("web:v2", {"web:v1": 2, "web:v2": 2})
    for _ in range(2):
        change = advance(sight(one, policy()))
        assert change is not None
        one = after(one, change)
    looked = sight(one, policy(), Verdict.INCONCLUSIVE)
    rollout = one.record.rollout
    assert rollout is not None
    found = judgement(Verdict.INCONCLUSIVE, reason)
    report = Report(NOW, rollout.id, found, outlook(looked), "a source", ("a fault",))
    return seen(Sighting(one, report_text(report)))


def rolled_back() -> Seen:
    """The same after its rollback."""
    change = advance(sight(held().workload, policy(), Verdict.REGRESSED))
    assert change is not None
    return seen(Sighting(after(held().workload, change), ""))


def test_the_table_has_the_promised_columns() -> None:
    """One line a workload, under upper-case heads, and none when asked."""
    lines = table([held()], NOW + 90, wide=False, head=True)
    assert lines[0].split() == ["NAMESPACE", "NAME", "TARGET", "IMAGE", "VERDICT", "PHASE", "AGE"]
    assert lines[1].split() == [
        "shop",
        "shop-web",
        "deployment/web",
        "web:v2",
        "Inconclusive",
        "Analyzing",
        "90s",
    ]
    assert len(table([held()], NOW + 90, wide=False, head=False)) == 1


def test_the_tree_tells_all() -> None:
    """Both sides' pods, the metric, what is next and every trouble are on the page."""
    page = "\n".join(tree(held(), NOW + 5))
    for told in (
        "Held:",
        "Returns to:",
        "(candidate)",
        "(baseline)",
        "web-2-0",
        "errors",
        "Inconclusive",
        "Next:",
        "at the latest in",
        "a fault",
    ):
        assert told in page, told


def test_the_tree_shows_which_pod_runs_which_digest_where_they_differ() -> None:
    """Also where no service is there to tell of it; where they agree it is left out."""
    one = held().workload
    moved = tuple(
        replace(pod, digests={"app": f"sha256:{'e' * 64}"}) if pod.name == "web-2-0" else pod
        for pod in one.pods
    )
    page = "\n".join(tree(seen(Sighting(replace(one, pods=moved), "")), NOW))
    assert "app sha256:eeeeeeeeeeee" in page
    assert "app: pods of web:v2 run several digests" in page
    assert "app sha256:" not in "\n".join(tree(held(), NOW))


def test_explain_names_every_act_with_its_why() -> None:
    """Each decision on the rollout is told in order, with its reason and its evidence."""
    page = "\n".join(explain(rolled_back(), NOW))
    assert page.index("saw a new release") < page.index("held") < page.index("rolled the release")
    assert "Evidence: errors: as it is" in page
    assert "web:v1@sha256:" in page


def test_exit_codes_follow_the_verdict() -> None:
    """Rolled back is 3, open is 5, nothing known is 0."""
    assert rolled_back().exit_code() == 3
    assert held().exit_code() == 5
    assert seen(Sighting(workload("web:v1", {"web:v1": 4}), "")).exit_code() == 0


def test_history_is_newest_first() -> None:
    """Decisions of all workloads stand in one order of time."""
    acts = [entry.decision.act for entry in entries_of([rolled_back()])]
    assert acts == [Act.ROLL_BACK, Act.HOLD, Act.BEGIN]
    assert history(entries_of([rolled_back()]), head=True)[0].startswith("WHEN")


def test_nothing_moves_the_cursor() -> None:
    """Whatever names and reasons hold, no control character reaches the screen."""
    nasty = Decision(NOW, Act.HOLD, "", "", ESCAPE)
    one = held(ESCAPE)
    poisoned: Workload = replace(
        one.workload, record=replace(one.workload.record, history=(nasty,))
    )
    told = Seen(poisoned, one.report, ESCAPE)
    pages = [*tree(told, NOW), *explain(told, NOW), *history(entries_of([told]), head=True)]
    assert not any("\x1b" in line or "\r" in line for line in pages)


def test_missing_data_have_no_interval() -> None:
    """Failures that nobody counts would look like none, so no figure of them is shown."""
    one = held()
    assert one.report is not None
    silent = replace(one.report, judgement=judgement(Verdict.NO_DATA))
    page = tree(replace(one, report=silent), NOW)
    (row,) = [line for line in page if "errors " in line and "NoData" in line]
    assert "? .. ?" in row
    assert "-10%" not in row


def test_garbled_annotations_stop_nothing() -> None:
    """A report that cannot be read is trouble to be told."""
    one = seen(Sighting(held().workload, "{"))
    assert "Trouble:" in "\n".join(tree(one, NOW))


def test_documents_hold_the_same() -> None:
    """JSON and YAML carry phase, verdict and record."""
    content = document(rolled_back())
    assert (content["phase"], content["verdict"]) == ("RollingBack", "Regressed")
    assert '"RollingBack"' in as_json(content)
    assert "phase: RollingBack" in as_yaml(content)


def test_ages_read_as_kubectls() -> None:
    """45s, 5m, 3h, 2d."""
    assert [age(s) for s in (45, 300, 10_800, 172_800, -3)] == ["45s", "5m", "3h", "2d", "0s"]
