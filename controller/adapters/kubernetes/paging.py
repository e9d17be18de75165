"""Lists in pages, however large somebody made the objects.

Why: who may make objects in one namespace must not keep us from seeing the others.
Never here: what is in a page.
"""

from collections.abc import Iterator, Mapping
from typing import Protocol, TypeVar

from controller.adapters.kubernetes.answers import Request, decoded
from controller.adapters.kubernetes.connection import Connection, TooLarge

PAGE, FEWER = 500, 10


class _Metadata(Protocol):
    @property
    def continue_(self) -> str: ...


class _Page(Protocol):
    @property
    def metadata(self) -> _Metadata: ...


Page = TypeVar("Page", bound=_Page)


def pages(
    connection: Connection, path: str, kind: type[Page], params: Mapping[str, str | int]
) -> Iterator[Page]:
    """Every page; one that is larger than an answer may be is asked for again with fewer objects.
    Raises PlatformError."""
    limit, token = PAGE, ""
    while True:
        asked = {**params, "limit": limit, **({"continue": token} if token else {})}
        try:
            body = connection.send(Request("GET", path, asked))
        except TooLarge:
            if limit == 1:
                raise
            limit = max(1, limit // FEWER)
            continue
        page: Page = decoded(body, kind, path)
        yield page
        token = page.metadata.continue_
        if not token:
            return
