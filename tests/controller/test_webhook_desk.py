"""What is taken of what others post, over real HTTP."""

import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from controller.engine.builds.build import CiAnswer
from controller.secret_file import read_secrets
from controller.webhook_desk import MOST_A_MINUTE, WebhookDesk
from controller.webhooks.received import MOST_BODY_BYTES
from controller.webhooks.signatures import REPLAY_SECONDS
from tests.controller.webhooks.served import (
    BEARER,
    DIGEST,
    NEXT_SECRET,
    PUSH,
    SECRET,
    VERDICT,
    FakeWatch,
    Served,
    serving,
)
from tests.fakes import NOW, FakeClock


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    """With one secret."""
    with serving(tmp_path) as one:
        yield one


def test_a_push_makes_us_look(served: Served) -> None:
    """At the repositories it may concern, and it says at how many."""
    answer = served.post(authorization=BEARER)
    assert answer.status_code == 202
    assert "1 repositories are looked at" in answer.text
    assert served.watch.nudged == ["ghcr.io/shop/web"]
    other = json.dumps({"repository": "ghcr.io/shop/api", "tag": "v1"}).encode()
    assert served.post(other, authorization=BEARER).status_code == 202
    assert len(served.watch.nudged) == 1


@pytest.mark.parametrize("path", ["registry", "ci"])
def test_strangers_are_refused(served: Served, path: str) -> None:
    """Without a signature, with a wrong one, with a signature of another body."""
    wrong = {"x_hub_signature_256": "sha256=" + "0" * 64}
    for headers in ({}, {"authorization": "Bearer nobody"}, wrong):
        answer = served.post(VERDICT if path == "ci" else PUSH, path, **headers)
        assert answer.status_code == 401, answer.text
        assert SECRET not in answer.text
    assert served.watch == FakeWatch()


def test_a_ci_is_believed(served: Served) -> None:
    """By its own address, and only there."""
    assert served.post(VERDICT, "ci", authorization=BEARER).status_code == 202
    assert served.watch.said == [(DIGEST, CiAnswer.PASSED)]
    assert served.post(VERDICT, "registry", authorization=BEARER).status_code == 400
    assert served.post(PUSH, "ci", authorization=BEARER).status_code == 400
    assert len(served.watch.said) == 1


def test_a_replay_changes_nothing(served: Served) -> None:
    """Within its time a message counts once, after it not at all."""
    assert served.signed(VERDICT, "m1", NOW, "ci").status_code == 202
    assert served.signed(VERDICT, "m1", NOW, "ci").status_code == 202
    assert len(served.watch.said) == 1
    served.clock.now = NOW + REPLAY_SECONDS + 2
    late = served.signed(VERDICT, "m2", NOW, "ci")
    assert late.status_code == 401
    assert "replay" in late.text
    assert len(served.watch.said) == 1


def test_a_secret_is_changed_without_a_gap(served: Served) -> None:
    """While both stand in the file both are taken; then the new one alone. No restart."""
    served.secret_file.write_text(f"{SECRET}\n{NEXT_SECRET}\n")
    assert served.post(authorization=BEARER).status_code == 202
    assert served.post(authorization=f"Bearer {NEXT_SECRET}").status_code == 202
    served.secret_file.write_text(f"{NEXT_SECRET}\n")
    assert served.post(authorization=BEARER).status_code == 401
    served.secret_file.unlink()
    gone = served.post(authorization=f"Bearer {NEXT_SECRET}")
    assert gone.status_code == 503
    assert str(served.secret_file) not in gone.text


def test_a_large_body_is_refused_unread(served: Served) -> None:
    """By what it says of its length, and by what comes where it says nothing."""
    large = b"x" * (MOST_BODY_BYTES + 1)
    assert served.post(large, authorization=BEARER).status_code == 413

    def pieces() -> Iterator[bytes]:
        for _ in range(MOST_BODY_BYTES // 1_024 + 1):
            yield b"x" * 1_024

    url = f"{served.address}/webhooks/registry"
    headers = {"authorization": BEARER}
    assert requests.post(url, data=pieces(), headers=headers, timeout=10).status_code == 413


def test_a_flood_is_refused_until_it_is_over(served: Served) -> None:
    """With a time to come again; nothing of it is looked into."""
    for _ in range(MOST_A_MINUTE):
        assert served.post(b"{}").status_code == 401
    answer = served.post(authorization=BEARER)
    assert answer.status_code == 429
    assert 0 < int(answer.headers["retry-after"]) <= 61
    assert served.watch.nudged == []
    served.clock.now += 61.0
    assert served.post(authorization=BEARER).status_code == 202


def test_only_posts_are_taken_and_the_pages_stay(served: Served) -> None:
    """A look with a browser changes nothing."""
    assert requests.get(f"{served.address}/webhooks/registry", timeout=5).status_code == 405
    assert requests.get(f"{served.address}/livez", timeout=5).text == "ok"
    assert served.watch == FakeWatch()


def test_many_at_once_are_each_counted(tmp_path: Path) -> None:
    """Threads share the desk: not one more than the limit comes through."""
    clock = FakeClock()
    desk = WebhookDesk(tmp_path / "none", FakeWatch(), clock)
    let_in: list[bool] = []

    def ask() -> None:
        let_in.extend([desk.crowded() is None for _ in range(MOST_A_MINUTE // 2)])

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(let_in) == MOST_A_MINUTE


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "is empty"),
        (b"\n \n", "is empty"),
        (b"short\n", "secret:1: a secret has"),
        (b"\xff" * 20, "UTF-8"),
    ],
)
def test_a_secret_file_that_is_none_is_told(tmp_path: Path, content: bytes, told: str) -> None:
    """By file and line, never with what stands there."""
    file = tmp_path / "secret"
    file.write_bytes(content)
    with pytest.raises(ValueError, match="secret") as error:
        read_secrets(file)
    assert told in str(error.value)
    assert "short" not in str(error.value)
