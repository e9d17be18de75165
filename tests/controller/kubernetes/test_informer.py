"""The informer's picture stays true whatever the API server and the way to it do."""

import gzip
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from controller.adapters.kubernetes import connection, paging
from controller.adapters.kubernetes import informer as module
from controller.adapters.kubernetes.connection import Connection
from controller.adapters.kubernetes.informer import Informer, Kept, Resource
from controller.adapters.kubernetes.structs import Pod
from controller.ports.platform import Refused, Unavailable
from tests.controller.kubernetes.fake_api import PATH, FakeApi, Handler

SOON_SECONDS = 10.0


class Mirror:
    """What was told of the pods."""

    def __init__(self) -> None:
        self.versions: dict[str, str] = {}
        self.told: list[str] = []

    def changed(self, old: Kept[str] | None, new: Kept[str] | None) -> None:
        """The informer's news; checks that `old` is what was told before."""
        one = new or old
        assert one is not None
        name = one.seen
        assert self.versions.get(name) == (old.version if old else None)
        self.told.append(name)
        if new is None:
            self.versions.pop(name)
        else:
            self.versions[name] = new.version

    def equals(self, api: FakeApi) -> bool:
        """Whether the picture is true."""
        real = {name: pod["metadata"]["resourceVersion"] for name, pod in api.pods.items()}
        return self.versions == real


def kept(pod: Pod) -> Kept[str]:
    """Its name is all that is seen of a pod."""
    return Kept(pod.metadata.uid, pod.metadata.resource_version, "", pod.metadata.name)


@pytest.fixture
def api() -> Iterator[FakeApi]:
    """A server with two pods."""
    with FakeApi() as api:
        api.put("ant")
        api.put("bee")
        yield api


@contextmanager
def watching(api: FakeApi) -> Iterator[tuple[Informer[str], Mirror]]:
    """An informer that has listed and watches."""
    mirror = Mirror()
    link = Connection(api.credentials())
    informer = Informer(link, Resource(PATH, Pod, kept), mirror.changed)
    informer.start()
    try:
        yield informer, mirror
    finally:
        informer.stop()
        informer._thread.join(SOON_SECONDS)
        assert not informer._thread.is_alive()


def eventually(happened: Callable[[], bool]) -> None:
    """Waits for it."""
    deadline = time.monotonic() + SOON_SECONDS
    while not happened():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def test_pages_are_put_together(api: FakeApi, monkeypatch: pytest.MonkeyPatch) -> None:
    """A list that comes in pages is one picture, and no page is larger than asked."""
    monkeypatch.setattr(paging, "PAGE", 2)
    for number in range(5):
        api.put(f"pod-{number}")
    with watching(api) as (_, mirror):
        assert mirror.equals(api)
    assert [one.get("continue") for one in api.asked if "limit" in one] == [None, "2", "4", "6"]


def test_a_page_that_is_too_large_is_asked_for_in_parts(
    api: FakeApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever fills objects up keeps nobody from being seen; the pages after it are small as well."""
    monkeypatch.setattr(connection, "LARGEST_BODY", 30_000)
    for number in range(60):
        api.put(f"pod-{number:02d}")
        api.pods[f"pod-{number:02d}"]["metadata"]["annotations"] = {"filler": "x" * 2_000}
    with watching(api) as (_, mirror):
        assert mirror.equals(api)
    limits = [one["limit"] for one in api.asked if "limit" in one]
    assert limits[:3] == ["500", "50", "5"]
    assert set(limits[3:]) == {"5"}


def test_one_object_that_is_too_large_is_told(
    api: FakeApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What no smaller page can help with is trouble, not an endless asking."""
    monkeypatch.setattr(connection, "LARGEST_BODY", 1_000)
    api.pods["ant"]["metadata"]["annotations"] = {"filler": "x" * 2_000}
    with pytest.raises(Unavailable, match="more than 1000 bytes"), watching(api):
        raise AssertionError("it is not seen")


def test_news_comes_at_once(api: FakeApi) -> None:
    """Pods made, changed and deleted are told, each with what was told before."""
    with watching(api) as (_, mirror):
        api.put("cat")
        api.put("ant")
        api.remove("bee")
        eventually(lambda: mirror.equals(api))


def test_a_repeated_event_is_told_once(api: FakeApi) -> None:
    """An event that is sent again is no news."""
    with watching(api) as (_, mirror):
        api.put("cat")
        api.log.append(api.log[-1])
        api.put("end")
        eventually(lambda: mirror.equals(api))
    assert mirror.told.count("cat") == 1


@pytest.mark.parametrize("in_stream", [False, True])
def test_expired_version_is_listed_anew(api: FakeApi, in_stream: bool) -> None:
    """After 410, as an answer or as an event, the list is read again and only differences are
    told: what vanished meanwhile as well."""

    def gone(handler: Handler) -> None:
        api.remove("bee")
        api.put("cat")
        api.forget()
        if in_stream:
            handler.begin()
            handler.event("ERROR", {"kind": "Status", "code": 410, "message": "too old"})
            handler.end()
        else:
            handler.refuse(410)

    api.misdeeds["watch"].append(gone)
    with watching(api) as (_, mirror):
        eventually(lambda: mirror.equals(api))
        eventually(lambda: len(api.watches()) == 2)
    assert mirror.told.count("ant") == 1


def test_a_line_cut_off_is_read_again(api: FakeApi) -> None:
    """A watch that ends within an event loses nothing: it is resumed after the last whole one."""

    def cut(handler: Handler) -> None:
        handler.begin()
        api.put("cat")
        handler.event("ADDED", api.pods["cat"])
        api.put("dog")
        handler.chunk(b'{"type":"ADDED","object":{"metadata":{"na')
        handler.end()

    api.misdeeds["watch"].append(cut)
    with watching(api) as (_, mirror):
        eventually(lambda: "dog" in mirror.versions)
    assert mirror.told.count("cat") == 1
    assert len([one for one in api.asked if "limit" in one]) == 1


def test_a_broken_connection_is_resumed(api: FakeApi) -> None:
    """A connection that breaks within a chunk is no end of the picture."""

    def broken(handler: Handler) -> None:
        handler.begin()
        handler.wfile.write(b"ffff\r\n{")

    api.misdeeds["watch"].append(broken)
    with watching(api) as (_, mirror):
        api.put("cat")
        eventually(lambda: mirror.equals(api))


def test_bytes_may_drip(api: FakeApi) -> None:
    """An event that comes byte by byte is one event."""

    def slow(handler: Handler) -> None:
        api.put("cat")
        handler.begin()
        for byte in json.dumps({"type": "ADDED", "object": api.pods["cat"]}).encode() + b"\n":
            handler.chunk(bytes([byte]))
        handler.end()

    api.misdeeds["watch"].append(slow)
    with watching(api) as (_, mirror):
        eventually(lambda: "cat" in mirror.versions)


def test_bookmarks_carry_the_watch_on(api: FakeApi) -> None:
    """A quiet watch resumes from its last bookmark, not from a version long compacted."""

    def marked(handler: Handler) -> None:
        api.bookmark()
        handler.begin()
        handler.event("BOOKMARK", api.log[-1][2])
        handler.end()
        api.forgotten = api.version

    api.misdeeds["watch"].append(marked)
    with watching(api):
        eventually(lambda: len(api.watches()) == 2)
    assert api.watches()[1]["resourceVersion"] == str(api.version)


@pytest.mark.parametrize("status", [429, 500, 503])
def test_trouble_is_told_while_it_lasts(api: FakeApi, status: int) -> None:
    """A server that refuses to serve is told as trouble, and no longer once it serves."""
    api.misdeeds["watch"].extend([lambda handler: handler.refuse(status)] * 3)
    with watching(api) as (informer, mirror):
        eventually(lambda: str(status) in informer.trouble(0.0))
        assert informer.trouble(60.0) == ""
        api.put("cat")
        eventually(lambda: mirror.equals(api))
        assert informer.trouble(0.0) == ""


def test_a_wish_for_patience_is_granted(api: FakeApi) -> None:
    """Retry-After is waited out before the next try."""
    times: list[float] = []

    def patience(handler: Handler) -> None:
        times.append(time.monotonic())
        handler.refuse(429, Retry_After="1")

    api.misdeeds["watch"].append(patience)
    with watching(api):
        eventually(lambda: len(api.watches()) == 2)
        assert time.monotonic() - times[0] >= 1.0


def test_empty_watches_are_not_asked_for_without_pause(api: FakeApi) -> None:
    """A proxy that ends every watch at once is asked a few times a second, not thousands."""

    def ended(handler: Handler) -> None:
        handler.begin()
        handler.end()

    api.misdeeds["watch"].extend([ended] * 1000)
    with watching(api):
        time.sleep(1.0)
    assert len(api.watches()) < 10


def test_a_server_that_answers_is_not_punished(api: FakeApi) -> None:
    """Watches that break after some news are resumed as quickly the tenth time as the first."""

    def one_event(handler: Handler) -> None:
        api.put("cat")
        handler.begin()
        handler.event("MODIFIED", api.pods["cat"])
        handler.wfile.write(b"ffff\r\n{")

    api.misdeeds["watch"].extend([one_event] * 10)
    began = time.monotonic()
    with watching(api) as (_, mirror):
        eventually(lambda: not api.misdeeds["watch"] and mirror.equals(api))
    assert time.monotonic() - began < 10 * 1.5 * module.FIRST_BACKOFF_SECONDS + 1.0


def test_a_server_that_is_busy_at_first_is_asked_again(api: FakeApi) -> None:
    """A cache that is not filled yet answers 504: no reason to end; a server that stays so is."""
    api.misdeeds["list"].extend([lambda handler: handler.refuse(504)] * (module.FIRST_TRIES - 1))
    with watching(api) as (_, mirror):
        assert mirror.equals(api)
    api.misdeeds["list"].extend([lambda handler: handler.refuse(504)] * module.FIRST_TRIES)
    with pytest.raises(Unavailable, match="504"), watching(api):
        pass


def test_a_refused_list_ends_the_start(api: FakeApi) -> None:
    """Without the right to list there is no watcher, and the message says what to grant."""
    api.misdeeds["list"].append(lambda handler: handler.refuse(403))
    with pytest.raises(Refused, match="needs it to know which pod"), watching(api):
        pass


def test_a_busy_server_is_said_at_the_start(api: FakeApi) -> None:
    """A first list that is put off, again and again, says for how long."""
    busy = [lambda handler: handler.refuse(429, Retry_After="1")] * module.FIRST_TRIES
    api.misdeeds["list"].extend(busy)
    began = time.monotonic()
    with pytest.raises(Unavailable) as caught, watching(api):
        pass
    assert caught.value.retry_after_seconds == 1.0
    assert time.monotonic() - began >= module.FIRST_TRIES - 1


def test_stopping_a_silent_watch_is_quick(api: FakeApi) -> None:
    """A stop ends the thread though the server says nothing."""
    with watching(api) as (informer, _):
        eventually(lambda: bool(api.watches()))
        began = time.monotonic()
        informer.stop()
        informer._thread.join(SOON_SECONDS)
        assert time.monotonic() - began < 1.0
    assert threading.active_count() < 20


@pytest.mark.parametrize("compressed", [True, False])
def test_an_event_without_end_is_given_up(
    api: FakeApi, monkeypatch: pytest.MonkeyPatch, *, compressed: bool
) -> None:
    """A line that never ends costs no more than its limit, which is told, also where it unfolds from
    a few bytes; the watch goes on behind it."""
    monkeypatch.setattr(module, "LONGEST_LINE", 100_000)
    flood = gzip.compress(b" " * 50_000_000) if compressed else b" " * 1_000_000

    def unfold(handler: Handler) -> None:
        handler.send_response(200)
        if compressed:
            handler.send_header("Content-Encoding", "gzip")
        handler.send_header("Transfer-Encoding", "chunked")
        handler.end_headers()
        handler.chunk(flood)
        time.sleep(1.0)

    api.misdeeds["watch"].append(unfold)
    with watching(api) as (informer, mirror):
        eventually(lambda: "longer than 100000 bytes" in informer.trouble(0.0))
        api.put("cat")
        eventually(lambda: mirror.equals(api))
