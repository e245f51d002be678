/** The report: one HTML file that opens from disk, asks nothing of the network, and holds one or more runs. */
import { describeExpectation, describeMeasured, formatNumber } from '../experiment/claims.js';
import { parseCsv } from '../runs/csv.js';
import type { RunRecord } from '../runs/record.js';
import { type Html, html, raw, scriptJson } from './html.js';
import type { PlaybackData } from './playback.js';
import { pageScript } from './script.js';
import { pageStyle } from './style.js';

/** What the page needs of a run. */
export interface ReportedRun {
  record: RunRecord;
  /** SVG text by figure id. */
  figures: Record<string, string>;
  /** CSV text by table id. */
  tables: Record<string, string>;
  playback?: PlaybackData;
}

/** Rows of a table the page shows; the whole of it is in the run folder. */
const shownRows = 60;

/** The page for `runs`, in the order given. */
export function reportPage(runs: readonly ReportedRun[]): string {
  const claims = runs.flatMap((run) => run.record.claims);
  const held = claims.filter((claim) => claim.pass).length;
  const one = runs.length === 1 ? runs[0]!.record : undefined;
  const title = one ? `${one.title} (${one.id})` : 'What the networks learnt, by frequency';
  const policy = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'";
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<link rel="icon" href="data:,">
<title>${title} · fprinciple</title>
<style>${raw(pageStyle)}</style>
</head>
<body>
<a class="skip" href="#runs">Skip to the runs</a>
<header class="page">
<h1>${one ? 'fprinciple report' : title}</h1>
<p class="soft">${count(runs.length, 'experiment')}, ${count(claims.length, 'claim')}: ${held} held, ${claims.length - held} failed.</p>
${runs.length > 1 && contents(runs)}
</header>
<main id="runs">
${runs.map((run, i) => article(run, i))}
</main>
<footer>Made by fprinciple ${runs[0]?.record.versions.fprinciple}. This page is complete in itself and works offline.</footer>
<script>${raw(pageScript)}</script>
</body>
</html>
`;
  return page.text;
}

const count = (n: number, noun: string): string => `${n} ${noun}${n === 1 ? '' : 's'}`;

function contents(runs: readonly ReportedRun[]): Html {
  const rows = runs.map(({ record }, i) => {
    const failed = record.claims.filter((claim) => !claim.pass).length;
    const text =
      failed === 0 ? `✓ ${count(record.claims.length, 'claim')} held` : `✗ ${failed} of ${record.claims.length} failed`;
    return html`<li><a href="#run-${i}"><span>${record.title} <span class="soft">${record.id}</span></span><span class="verdict ${failed === 0 ? 'good' : 'bad'}">${text}</span></a></li>`;
  });
  return html`<nav aria-label="Experiments"><ul>${rows}</ul></nav>`;
}

function article(run: ReportedRun, index: number): Html {
  const { record, playback } = run;
  return html`<article id="run-${index}">
<h2>${record.title}</h2>
<p class="soft">${record.id} · ${record.preset} preset, seed ${record.seed} · ${record.source}</p>
<p>${record.statement}</p>
<h3>What was claimed, and what was measured</h3>
${claimsTable(record)}
${playback && player(playback, index)}
<div class="figures">${record.figures.map((figure) => figureOf(figure, run.figures[figure.id] ?? '', index))}</div>
${record.tables.map((table) => tableOf(table.title, run.tables[table.id] ?? '', `data/${table.id}.csv`))}
${details(record)}
</article>`;
}

function figureOf({ id, caption }: RunRecord['figures'][number], svg: string, index: number): Html {
  const inline = raw(isolated(svg, `r${index}-${id}-`));
  return html`<figure id="run-${index}-${id}"><div class="scroll">${inline}</div><figcaption>${caption}</figcaption></figure>`;
}

function claimsTable({ claims }: RunRecord): Html {
  if (claims.length === 0) return html`<p>No claims.</p>`;
  const rows = claims.map((claim) => {
    const { statement, source, expected, measured, labels, unit, pass } = claim;
    const verdict = pass
      ? html`<span class="verdict good">✓ holds</span>`
      : html`<span class="verdict bad">✗ failed</span>`;
    return html`<tr><td>${statement} <span class="soft">(${source})</span></td><td data-name="expected">${describeExpectation(expected, unit)}</td><td class="number" data-name="measured">${describeMeasured(measured, labels, unit)}</td><td>${verdict}</td></tr>`;
  });
  return html`<div class="scroll"><table class="claims"><thead><tr><th>Claim</th><th>Expected</th><th>Measured</th><th>Verdict</th></tr></thead><tbody>${rows}</tbody></table></div>`;
}

function player(playback: PlaybackData, index: number): Html {
  const label = `slider-${index}`;
  return html`<section class="playback" aria-label="Training, step by step">
<div class="controls"><button type="button">Play</button><label for="${label}">Step</label><input id="${label}" type="range" min="0" max="${playback.steps.length - 1}" step="1" value="0"><output for="${label}"></output></div>
<div class="panels"></div>
<script type="application/json">${scriptJson(playback)}</script>
</section>`;
}

function tableOf(title: string, csv: string, file: string): Html {
  const [head = [], ...rows] = parseCsv(csv);
  const more = rows.length - shownRows;
  const cells = (row: readonly string[]): Html[] => row.map((cell) => html`<td class="number">${short(cell)}</td>`);
  return html`<details><summary>Table: ${title}</summary><div class="scroll"><table><thead><tr>${head.map((name) => html`<th>${name}</th>`)}</tr></thead><tbody>${rows.slice(0, shownRows).map((row) => html`<tr>${cells(row)}</tr>`)}</tbody></table></div>${more > 0 && html`<p class="soft">${count(more, 'more row')} in ${file} of the run folder.</p>`}</details>`;
}

/** A cell's number to four digits: the file holds all of them. */
const short = (cell: string): string =>
  cell !== '' && Number.isFinite(Number(cell)) ? formatNumber(Number(cell)) : cell;

function details(record: RunRecord): Html {
  const { parameters, metrics, seed, machine, versions, simd, started, seconds } = record;
  const facts: [string, string][] = [
    ['Seed', String(seed)],
    ['Took', `${seconds.toFixed(1)} s, started ${started}`],
    ['Machine', `${machine.processor}, ${machine.cores} cores, ${machine.memoryGiB} GiB, ${machine.platform}`],
    [
      'Versions',
      `${Object.entries(versions)
        .map(([name, v]) => `${name} ${v}`)
        .join(', ')}, SIMD path ${simd}`,
    ],
  ];
  const metricRows = Object.entries(metrics).map(
    ([name, v]) => html`<tr><th>${name}</th><td class="number">${formatNumber(v)}</td></tr>`,
  );
  return html`<details><summary>Parameters, measurements, machine</summary>
<div class="scroll"><table><tbody>${facts.map(([name, text]) => html`<tr><th>${name}</th><td>${text}</td></tr>`)}${metricRows}</tbody></table></div>
<pre>${JSON.stringify(parameters, null, 2)}</pre></details>`;
}

/** An SVG whose ids get a prefix, so that several in one page do not take each other's clip paths. */
export function isolated(svg: string, prefix: string): string {
  return svg
    .replace(/^<\?xml[^>]*>\s*|<!DOCTYPE[^>]*>\s*/g, '')
    .replace(/\bid="([^"]+)"/g, `id="${prefix}$1"`)
    .replace(/url\(#([^)]+)\)/g, `url(#${prefix}$1)`)
    .replace(/(xlink:href|href)="#([^"]+)"/g, `$1="#${prefix}$2"`);
}
