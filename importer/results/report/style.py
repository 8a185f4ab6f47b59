"""The style sheet of the report: calm in light and dark, and on paper."""

STYLE = (
    """
:root { color-scheme: light dark;
  --page: #f6f6f4; --card: #ffffff; --ink: #1d2630; --soft: #5b6672; --line: #e2e5e8; --grid: #eceef0;
  --created: #2f7f6f; --exists: #86aed0; --skipped: #c5cad0; --doubt: #dfa53a; --failed: #c65b43;
  --none: #e9ebed; --undone: #7d6a9c; --kept: #c9a58a; --rate: #6d8fb8;
  --median: #2f5f95; --p95: #a98bc0; --slow: #f0d9a8; --away: #ecc3b8; }
@media (prefers-color-scheme: dark) { :root {
  --page: #14181d; --card: #1c2229; --ink: #e4e8ec; --soft: #9aa6b2; --line: #313a44; --grid: #29313a;
  --created: #4fa894; --exists: #5f87a8; --skipped: #55606b; --doubt: #d9a441; --failed: #d8755e;
  --none: #3a444f; --undone: #9a86bd; --kept: #a8866c; --rate: #54749b;
  --median: #8db8e8; --p95: #b79bd0; --slow: #574a2b; --away: #5d372f; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--ink);
  font: 16px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; }
main { max-width: 60rem; margin: 0 auto; padding: 2.5rem 1.25rem 3rem; }
header p, footer { color: var(--soft); } header { margin-bottom: 1.75rem; }
h1 { font-size: 1.75rem; line-height: 1.25; margin: .2rem 0 .6rem; font-weight: 650; letter-spacing: -.01em; }
h2 { font-size: 1.1rem; margin: 0 0 .35rem; font-weight: 650; }
h3 { font-size: .95rem; margin: 1.4rem 0 .2rem; font-weight: 600; }
p { margin: .2rem 0 .6rem; max-width: 46rem; } .kicker { font-size: .85rem; margin: 0; }
section { background: var(--card); border: 1px solid var(--line); border-radius: 12px; padding: 1.4rem 1.5rem;
  margin: 0 0 1.1rem; }
section > p { color: var(--soft); font-size: .93rem; }
dl { display: grid; grid-template-columns: repeat(auto-fill, minmax(13rem, 1fr)); gap: .9rem 1.5rem;
  margin: 0; }
dt { color: var(--soft); font-size: .82rem; } dd { margin: 0; overflow-wrap: anywhere; }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(8.5rem, 1fr)); gap: .9rem;
  margin: 0 0 1.2rem; }
.tiles dd { font-size: 1.45rem; font-weight: 620; font-variant-numeric: tabular-nums; line-height: 1.3; }
.wide { overflow-x: auto; } table { border-collapse: collapse; width: 100%; font-size: .9rem;
  margin-top: .5rem; }
caption { text-align: left; color: var(--soft); font-size: .85rem; padding-bottom: .3rem; }
th, td { text-align: left; vertical-align: top; padding: .45rem .7rem .45rem 0;
  border-bottom: 1px solid var(--line); }
th { font-weight: 600; } thead th { color: var(--soft); font-size: .82rem; white-space: nowrap; }
tbody th { font-weight: 550; } tr:last-child > * { border-bottom: 0; }
.n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; padding-right: 1.1rem; }
span.w { white-space: nowrap; } .t { overflow-wrap: break-word; }
small, .small { font-weight: 400; color: var(--soft); font-size: .85rem; }
code { font: .88em/1.4 ui-monospace, "SF Mono", Menlo, Consolas, monospace; overflow-wrap: anywhere; }
svg { display: block; width: 100%; height: auto; margin: .6rem 0 .2rem; }
svg text { fill: var(--soft); font-size: 11.5px; font-variant-numeric: tabular-nums; }
.key { display: flex; flex-wrap: wrap; gap: .25rem 1.1rem; list-style: none;
  margin: .3rem 0 .4rem; padding: 0;
  font-size: .85rem; color: var(--soft); }
i { display: inline-block; width: .75rem; height: .75rem; border-radius: 3px;
  margin-right: .45rem; vertical-align: -1px; }
"""
    + "".join(
        f".{name} {{ fill: var(--{name}); }} i.{name} {{ background: var(--{name}); }}\n"
        for name in (
            *("created", "exists", "skipped", "undone", "kept", "doubt", "failed", "none"),
            *("rate", "median", "p95", "slow", "away"),
        )
    )
    + """
.grid { stroke: var(--grid); } .break { stroke: var(--soft); stroke-dasharray: 2 4; }
.line { fill: none; stroke-width: 2; stroke-linejoin: round; }
.median.line { stroke: var(--median); } .p95.line { stroke: var(--p95); }
.level { stroke: var(--soft); stroke-dasharray: 6 4; }
details { margin-top: .4rem; } summary { cursor: pointer; color: var(--soft); font-size: .88rem; }
ul.rows { margin: 0; padding: 0; list-style: none; } thead th.n { padding-left: .5rem; }
q { quotes: "“" "”"; overflow-wrap: anywhere; }
.state { display: inline-block; border: 1px solid var(--line); border-radius: 99px; padding: .05rem .7rem;
  font-size: .85rem; color: var(--ink); background: var(--card); }
footer { font-size: .85rem; padding: .4rem .2rem; }
@media (max-width: 40rem) { main { padding: 1.25rem .8rem; } section { padding: 1.1rem 1rem; } }
@media print {
  :root { color-scheme: light; --page: #fff; --card: #fff; --ink: #111; --soft: #444; --line: #ccc;
    --grid: #e6e6e6;
    --created: #2f7f6f; --exists: #86aed0; --skipped: #c5cad0; --doubt: #dfa53a; --failed: #c65b43;
    --none: #e9ebed; --undone: #7d6a9c; --kept: #c9a58a; --rate: #6d8fb8;
    --median: #2f5f95; --p95: #a98bc0; --slow: #f0d9a8; --away: #ecc3b8; }
  @page { margin: 15mm; }
  body { font-size: 10.5pt; } main { max-width: none; padding: 0; }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  section { border: 0; border-top: 1px solid var(--line); border-radius: 0; padding: .8rem 0 0; }
  h2, h3, caption { break-after: avoid; } svg, tr, dl { break-inside: avoid; }
  thead { display: table-header-group; }
  .wide { overflow: visible; } details:not([open]) { display: none; }
}
"""
)
