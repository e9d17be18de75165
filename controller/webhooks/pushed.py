"""A push that somebody told of.

Why: every sender's form ends in these three fields, checked, and nobody believes more.
Never here: senders' forms.
"""

from dataclasses import dataclass

from policies.images.repositories import is_digest, is_repository, is_tag


@dataclass(frozen=True, slots=True)
class Pushed:
    """A tag that is said to have been pushed: a hint to look at the registry, no more.

    `repository` has a host where the sender names one; a registry behind a proxy may name
    another than its users know.
    """

    repository: str
    tag: str
    digest: str | None = None

    def concerns(self, repository: str) -> bool:
        """Whether it may be about this repository: the same path, whatever the host."""
        return _path(self.repository) == _path(repository)


def pushed(repository: str, tag: str, digest: str = "") -> tuple[Pushed, ...]:
    """The push, none where repository or tag are not such; a digest that is none is left out."""
    name = repository.lower()
    if not is_repository(name) or not is_tag(tag):
        return ()
    return (Pushed(name, tag, digest if is_digest(digest) else None),)


def _path(repository: str) -> str:
    head, slash, rest = repository.partition("/")
    host = slash and (head == "localhost" or "." in head or ":" in head)
    return (rest if host else repository).removeprefix("library/")
