"""Texts that somebody means harm by, for the laws of all that is shown, logged or sent.

Why: each surface has its own dangerous signs, and each law tries all of them.
Never here: laws.
"""

from hypothesis import strategies as st

PIECES = (
    *("\x1b[2J", "\x1b[31m", "\x1b]0;title\x07", "\x1b]8;;http://x\x1b\\", "\x1bP", "\x9b31m"),
    *("\x00", "\x07", "\x08", "\x0b", "\x0c", "\x7f", "\x80", "\x85", "\x9d"),
    *("\r", "\n", "\r\n", "\t", "\u2028", "\u2029", "\x1c", "\x1e"),
    *("\u202e", "\u2066", "\u2069", "\u200e", "\u061c"),
    *("\u200b", "\u200d", "\u2060", "\ufeff", "\u00ad", "\U000e0041", "\ufffe", "\uffff"),
    *("[red]", "[/]", "[link=http://x]", "[bold", "\\["),
    *('"', "'", "`", "\\", "\\\\", "\\n", "{", "}", '"}', '",x="', '"} or up{a="', "#", "$"),
    *(
        "<script>",
        "</text>",
        "&amp;",
        "&",
        "<!--",
        "]]>",
        "<![CDATA[",
        "|",
        "*",
        "_",
        "](http://x)",
    ),
    *("{{.}}", "%s", "%(x)s", "../", "?a=b", "/", ":", "~1", "~0", "   ", "\u00a0"),
    *("é", "字", "𝕏", "🙂", "a\u0301"),
)
HALVES = ("\ud800", "\udfff", "\udcff")
"""Half surrogates: what Python makes of bytes that are no UTF-8 in arguments and names of files."""

_words = st.text("abcXYZ019 -.", max_size=6)
whole = st.lists(st.sampled_from(PIECES) | _words | st.text(max_size=4), max_size=8).map("".join)
long = st.builds(lambda piece, times: piece * times, st.sampled_from(PIECES), st.integers(50, 400))
sent = st.one_of(whole, long).map(lambda text: text.encode("utf-8", "ignore").decode("utf-8"))
"""What can come over a wire or out of a file."""
typed = st.lists(st.sampled_from(HALVES) | sent, max_size=3).map("".join)
"""What can come from a command line, too."""
