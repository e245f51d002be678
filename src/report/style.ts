/** The page's style: no outside fonts, readable from a phone to a wide screen, verdicts told by words and signs too. */
export const pageStyle = `
:root { color-scheme: light; --ink: #1a1a1a; --soft: #555; --line: #d9d9d9; --panel: #f7f7f5; --accent: #0072B2; --good: #00664b; --bad: #a83b00; }
* { box-sizing: border-box; }
body { margin: 0; font: 16px/1.55 system-ui, "Segoe UI", "DejaVu Sans", Arial, sans-serif; color: var(--ink); background: #fff; overflow-wrap: anywhere; }
main, header.page, footer { max-width: 1080px; margin: 0 auto; padding: 0 20px; }
header.page { padding-top: 28px; }
h1 { font-size: 1.7rem; line-height: 1.25; margin: 0 0 .3rem; }
h2 { font-size: 1.35rem; line-height: 1.3; margin: 0 0 .2rem; }
h3 { font-size: 1.05rem; margin: 1.8rem 0 .5rem; }
p { margin: .5rem 0; max-width: 46rem; }
a { color: var(--accent); }
.soft { color: var(--soft); }
.skip { position: absolute; left: -999px; } .skip:focus { left: 8px; top: 8px; background: #fff; padding: 8px; }
nav ul { list-style: none; padding: 0; margin: 1rem 0; border: 1px solid var(--line); border-radius: 8px; overflow: hidden; }
nav li { border-top: 1px solid var(--line); } nav li:first-child { border-top: 0; }
nav a { display: flex; flex-wrap: wrap; justify-content: space-between; gap: 4px 16px; padding: 10px 14px; text-decoration: none; color: inherit; }
nav a:hover, nav a:focus-visible { background: var(--panel); }
article { border-top: 2px solid var(--ink); margin-top: 2.5rem; padding-top: 1.2rem; }
.verdict { font-weight: 600; white-space: nowrap; } .verdict.good { color: var(--good); } .verdict.bad { color: var(--bad); }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: .93rem; }
th, td { text-align: left; vertical-align: top; padding: 7px 12px 7px 0; border-bottom: 1px solid var(--line); overflow-wrap: anywhere; }
th { font-weight: 600; overflow-wrap: normal; } td.number { font-variant-numeric: tabular-nums; }
.claims td:nth-child(1) { min-width: 15rem; }
.figures { display: flex; flex-wrap: wrap; gap: 8px 36px; align-items: flex-start; }
figure { margin: 1rem 0; max-width: 100%; } figure .scroll { max-width: 100%; } figure img { max-width: 100%; height: auto; display: block; }
figcaption { font-size: .92rem; color: var(--soft); width: 0; min-width: min(100%, 30rem); margin-top: .4rem; }
details { margin: .8rem 0; } summary { cursor: pointer; font-weight: 600; padding: 4px 0; }
pre, code { font: .88rem/1.5 ui-monospace, Menlo, Consolas, "DejaVu Sans Mono", monospace; } pre { background: var(--panel); padding: 10px 12px; border-radius: 6px; overflow-x: auto; }
.playback { background: var(--panel); border: 1px solid var(--line); border-radius: 10px; padding: 14px 16px; margin: 1.2rem 0; }
.playback .controls { display: flex; align-items: center; gap: 12px; flex-wrap: wrap; }
.playback input[type=range] { flex: 1 1 220px; min-width: 0; height: 32px; accent-color: var(--accent); }
.playback button { font: inherit; padding: 6px 14px; border: 1px solid #888; border-radius: 6px; background: #fff; cursor: pointer; min-width: 6rem; }
.playback output { font-variant-numeric: tabular-nums; min-width: 14rem; }
.playback .panels { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 330px), 1fr)); gap: 14px; margin-top: 10px; }
.panel { background: #fff; border: 1px solid var(--line); border-radius: 6px; padding: 8px 10px; min-width: 0; }
.panel h4 { margin: 0 0 4px; font-size: .95rem; font-weight: 600; }
.panel svg { width: 100%; height: auto; display: block; }
.pictures { display: flex; gap: 10px; flex-wrap: wrap; } .pictures div { flex: 1 1 140px; font-size: .85rem; color: var(--soft); }
.pictures img { width: 100%; image-rendering: pixelated; display: block; border: 1px solid var(--line); }
.legend { display: flex; flex-wrap: wrap; gap: 2px 16px; font-size: .85rem; } .legend svg { width: 26px; height: 10px; display: inline-block; vertical-align: middle; margin-right: 5px; }
:focus-visible { outline: 3px solid #E69F00; outline-offset: 2px; }
footer { padding: 2rem 20px 3rem; color: var(--soft); font-size: .9rem; }
@media (max-width: 600px) { body { font-size: 15px; } figure img { max-width: none; min-width: 480px; } figcaption { min-width: 100%; } .claims thead { display: none; } .claims tr { display: block; border-bottom: 1px solid var(--line); padding: 6px 0; } .claims td { display: block; border: 0; padding: 2px 0; } .claims td[data-name]::before { content: attr(data-name) ": "; color: var(--soft); } }
@media print { .playback .controls button { display: none; } article { break-before: page; } }
`;
