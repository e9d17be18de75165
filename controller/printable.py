"""Any text as one line that a person can be shown.

Why: names, labels, reasons and answers are written by others, and must not move a cursor, forge a
line of a log or reorder what is read; one function says how, so that nobody has his own.
Never here: lengths, layout, quoting for a language (PromQL, XML, JSON).
"""

UNPRINTABLE_SIGN = "�"


def printable(text: str) -> str:
    """Each blank (line breaks and tabs are blanks) as a space; each other sign that is not seen
    (controls, marks of direction, signs without width, half surrogates) as �, so that two names
    which differ only there do not look the same. As long as before, so columns stay."""
    return text if text.isprintable() else "".join(map(_sign, text))


def _sign(sign: str) -> str:
    if sign.isprintable():
        return sign
    return " " if sign.isspace() else UNPRINTABLE_SIGN


def cut_bytes(text: str, longest_bytes: int) -> str:
    """The text as one printable line, or its beginning and a sign that there was more; lengths are
    those of UTF-8, in which platforms count."""
    line = printable(text)
    if len(line.encode()) <= longest_bytes:
        return line
    return line.encode()[: longest_bytes - len("…".encode())].decode(errors="ignore") + "…"
