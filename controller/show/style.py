"""The looks of a picture: its colours, light and dark, and the shape of each verdict.

Why: whoever cannot tell red from green reads the shape; whoever sits in the dark is not blinded.
Never here: where things stand.

The colours are those of Okabe and Ito (2008), which colour-blind people tell apart.
"""

from analysis.verdict import Verdict

KINDS = {
    Verdict.REGRESSED: "r",
    Verdict.HEALTHY: "h",
    Verdict.INCONCLUSIVE: "i",
    Verdict.NO_DATA: "n",
}
"""The identity of each verdict's shape."""

SHAPES = (
    '<path id="r" class="r" d="M0-5L5 4H-5Z"{0}/>'
    '<rect id="h" class="h" x="-3.5" y="-3.5" width="7" height="7"{0}/>'
    '<circle id="i" class="i" r="2.8"{0}/>'
    '<path id="n" class="n" d="M-3-3L3 3M-3 3L3-3"{0}/>'
)
ROOMY, SMALLEST = 8.0, 0.5
SHEET = """
text{font-family:system-ui,-apple-system,"Segoe UI",sans-serif;font-size:12px;fill:#222}
.title{font-size:16px;font-weight:600}.outcome{font-size:14px;font-weight:600}
.mark{fill:#555;font-size:11px}.x{text-anchor:middle}.y{text-anchor:end}
.page{fill:#fff}.grid{stroke:#ddd}.zero{stroke:#888}
.tolerance{stroke:#222;stroke-width:1.5;stroke-dasharray:6 4}
.band{fill:#56b4e9;fill-opacity:.35;stroke:#56b4e9;stroke-opacity:.6}
.line{fill:none;stroke:#0072b2;stroke-width:2}
.decided{stroke:#222;stroke-width:1.5}
.r{fill:#d55e00}.h{fill:#009e73}.i{fill:#888}.n{fill:none;stroke:#cc79a7;stroke-width:1.5}
@media (prefers-color-scheme:dark){
text{fill:#eee}.mark{fill:#bbb}.page{fill:#161616}.grid{stroke:#3a3a3a}
.tolerance,.decided{stroke:#eee}.line{stroke:#8fd0ff}.i{fill:#aaa}}
"""


def shapes(spacing: float) -> str:
    """The shapes, smaller where points stand closer than these are wide."""
    size = max(SMALLEST, min(1.0, spacing / ROOMY))
    return SHAPES.format(f' transform="scale({size:.2f})"')
