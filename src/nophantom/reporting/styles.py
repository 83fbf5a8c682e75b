"""The style sheet of reports: one text, in the page itself, under one class, so that it reaches nothing else."""

from __future__ import annotations

SCOPE = "nophantom-report"
"""The class that every rule is under; a notebook around it is left alone."""

_LIGHT = """
--ground:#fff;--ink:#1c1d20;--soft:#4f555b;--faint:#e1e4e8;--raised:#f4f5f7;--link:#0b5394;
--real:#087f5b;--phantom:#862e9c;--undecided:#495057;--band:#e4edf5;--unsolved:#dfe5ea;
--c0:#0068a6;--c1:#b34700;--c2:#00745a;--c3:#8e4585;--c4:#5c5c5c;--c5:#755800
"""
_DARK = """
--ground:#17181b;--ink:#e8e9eb;--soft:#b4b9be;--faint:#3a3d42;--raised:#222428;--link:#8ec5f0;
--real:#38d9a9;--phantom:#e599f7;--undecided:#ced4da;--band:#22303c;--unsolved:#31373d;
--c0:#56b4e9;--c1:#f0904a;--c2:#3ddbaa;--c3:#dd9bcf;--c4:#c4c4c4;--c5:#e6c229
"""

_RULES = """
|color:var(--ink);background:var(--ground);overflow-wrap:break-word;font-variant-numeric:tabular-nums
|font:16px/1.5 system-ui,-apple-system,'Segoe UI',Roboto,'Noto Sans',Arial,sans-serif
*|box-sizing:border-box
a|color:var(--link)
h1|font-size:1.7rem;line-height:1.2;margin:0 0 .3rem
h2|font-size:1.25rem;line-height:1.3;margin:2.2rem 0 .5rem;padding-top:.6rem;border-top:1px solid var(--faint)
h3|font-size:1rem;line-height:1.4;margin:1.2rem 0 .3rem
p|margin:.5rem 0
.soft|color:var(--soft)
.lead|font-weight:600
.verdict|margin:1rem 0;padding:.7rem 1rem;background:var(--raised)
.verdict|border:1px solid var(--faint);border-left:.4rem solid var(--undecided)
.verdict p|margin:0
.verdict .word|display:block;font-size:1.3rem;font-weight:700;letter-spacing:.04em;color:var(--undecided)
.verdict.real|border-left-color:var(--real)
.verdict.real .word|color:var(--real)
.verdict.phantom|border-left-color:var(--phantom)
.verdict.phantom .word|color:var(--phantom)
.banner|margin:.6rem 0;padding:.45rem 1rem;border:1px solid var(--c1);border-left-width:.4rem
nav|margin:1rem 0
nav ol|margin:.2rem 0;padding-left:1.6rem;columns:2 16rem
dl|display:grid;grid-template-columns:fit-content(36%) minmax(0,1fr);gap:.15rem 1.2rem;margin:.7rem 0
dt|color:var(--soft)
dd|margin:0;min-width:0
ul|margin:.3rem 0;padding-left:1.3rem
.scroll|overflow-x:auto;margin:.7rem 0
table|border-collapse:collapse;font-size:.9rem;color:inherit;margin:0
caption|text-align:left;font-weight:600;padding:.2rem 0
th,td|padding:.2rem .9rem .2rem 0;text-align:left;vertical-align:top
th,td|border-bottom:1px solid var(--faint);font-weight:400;background:none
thead th|color:var(--soft);border-bottom-color:var(--soft);vertical-align:bottom
.right|text-align:right
td.right|white-space:nowrap
figure|margin:1.2rem 0;max-width:46rem
figcaption|font-weight:600;margin-bottom:.4rem
details|margin:.3rem 0;font-size:.9rem
summary|cursor:pointer;color:var(--soft)
footer|margin-top:2.5rem;padding-top:.6rem;border-top:1px solid var(--faint);color:var(--soft);font-size:.85rem
footer p|margin:.1rem 0
:focus-visible|outline:2px solid var(--link);outline-offset:2px
.picture|display:block;width:100%;max-width:46rem;font-size:12.5px;overflow:visible
.picture text|fill:var(--ink);stroke:none
.picture .said,.picture .tick|fill:var(--soft);font-size:11.5px
.picture .over|paint-order:stroke;stroke:var(--ground);stroke-width:4px;stroke-linejoin:round
.picture line,.picture path|fill:none;vector-effect:non-scaling-stroke
.picture .grid|stroke:var(--faint)
.picture .axis|stroke:var(--soft)
.picture .zero|stroke:var(--ink);stroke-width:1.5px
.picture .band|fill:var(--band)
.picture .mark|stroke:var(--ink);stroke-width:1.3px
.picture .line|stroke:var(--c);stroke-width:2px;stroke-linejoin:round
.picture .area|fill:var(--c);fill-opacity:.16;stroke:none
.picture .span|stroke:var(--c);stroke-width:2px
.picture .dot|fill:var(--c);stroke:var(--ground);stroke-width:1px
.picture .hollow|fill:var(--ground);stroke:var(--c);stroke-width:2px
.picture .ring|fill:none;stroke:var(--ink);stroke-width:1.5px
.picture .bar|fill:var(--c)
.picture .d1|stroke-dasharray:6 4
.picture .d2|stroke-dasharray:2 3
.picture .d3|stroke-dasharray:9 3 2 3
.picture .solved,.picture .unsolved,.picture .absent,.picture .missing|vector-effect:none
.picture .solved|stroke:var(--c0)
.picture .unsolved|stroke:var(--unsolved)
.picture .absent|stroke:var(--ground)
.picture .missing|stroke:var(--soft);stroke-width:.25
"""

_PAGE = """
html{-webkit-text-size-adjust:100%;text-size-adjust:100%}
body{margin:0}
@media screen and (prefers-color-scheme:dark){body{background:#17181b}}
main{max-width:56rem;margin:0 auto;padding:1.5rem clamp(12px,4vw,2rem) 3rem}
@media print{main{max-width:none;padding:0}main nav,details:not([open]){display:none}}
@media print{h2,h3,figcaption,caption{break-after:avoid}figure,tr,.verdict{break-inside:avoid}}
"""


def _under(scope: str, selectors: str) -> str:
    return ",".join(f".{scope} {one}".strip() for one in selectors.split(","))


def _sheet() -> str:
    hues = "".join(f".{SCOPE} .c{n}{{--c:var(--c{n})}}" for n in range(6))
    rules = "".join(
        f"{_under(SCOPE, selectors)}{{{body}}}\n"
        for selectors, _, body in (line.partition("|") for line in _RULES.strip().splitlines())
    )
    light, dark = (colours.replace("\n", "") for colours in (_LIGHT, _DARK))
    # Dark is for screens alone: what is printed is printed on white.
    by_scheme = f"@media screen and (prefers-color-scheme:dark){{.{SCOPE}{{{dark}}}}}\n"
    return f".{SCOPE}{{color-scheme:light dark;{light}}}\n{by_scheme}{rules}{hues}\n"


SHEET = _sheet()
"""What a part of a page needs, wherever it stands."""
PAGE_SHEET = SHEET + _PAGE.lstrip()
"""What a whole page needs."""
