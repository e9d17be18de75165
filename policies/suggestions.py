"""What a user probably meant.

Why: an unknown word is nearly always a known one, misspelt.
Never here: which words are known.
"""

from collections.abc import Iterable
from difflib import get_close_matches


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word most like `word`, whatever the case and the dashes; None when none
    is near."""
    by_letters = {_letters(candidate): candidate for candidate in known}
    found = get_close_matches(_letters(word[:100]), by_letters, n=1, cutoff=0.6)
    return by_letters[found[0]] if found else None


def _letters(word: str) -> str:
    return "".join(character for character in word.lower() if character.isalnum())
