/** The report: one HTML file that opens from disk, asks nothing of the network, and holds one or more runs. */
import { formatNumber } from '../experiment/claims.js';
import type { RunRecord } from '../experiment/record.js';
import { en, type Words } from '../words/index.js';
import { framed } from './frame.js';
import { type Html, html } from './html.js';
import { claimsTable, facts, linked, pictureOf, player, problemsOf, tableOf } from './parts.js';
import type { PlaybackData } from './playback.js';

/** A run as it is read back from its folder. */
export interface ReportedRun {
  /** What its `result.json` holds. */
  record: RunRecord;
  /** SVG text by figure id. */
  figures: Record<string, string>;
  /** CSV text by table id. */
  tables: Record<string, string>;
  /** Recorded states, where it has them. */
  playback?: PlaybackData;
}

/** The page for `runs`, in the order given; experiments speak their own language, the page around them that of `words`. */
export function reportPage(runs: readonly ReportedRun[], words: Words = en): string {
  const { report: said } = words;
  const claims = runs.flatMap((run) => run.record.claims);
  const held = claims.filter((claim) => claim.pass).length;
  const problems = runs.reduce((sum, { record }) => sum + (record.problems?.length ?? 0), 0);
  const one = runs.length === 1 ? runs[0]!.record : undefined;
  const title = one ? `${one.title} (${one.id})` : said.titleOfSeveral;
  const body = html`<a class="skip" href="#runs">${said.skip}</a>
<header class="page">
<h1>${one ? said.title : title}</h1>
<p class="soft">${said.counts(runs.length, claims.length, held)}${problems > 0 && ` ${said.problems(problems)}`}</p>
${runs.length > 1 && contents(runs, words)}
</header>
<main id="runs">
${runs.map((run, i) => article(run, i, words))}
</main>
<footer>${said.madeBy(runs[0]?.record.versions.fprinciple ?? '')}</footer>`;
  return framed({ title, body, lang: words.lang, player: runs.some(({ playback }) => playback !== undefined) });
}

function contents(runs: readonly ReportedRun[], { report: said }: Words): Html {
  const rows = runs.map(({ record }, i) => {
    const failed = record.claims.filter((claim) => !claim.pass).length;
    const text =
      failed === 0 ? `✓ ${said.allHeld(record.claims.length)}` : `✗ ${said.someFailed(failed, record.claims.length)}`;
    return html`<li><a href="#run-${i}"><span>${record.title} <span class="soft">${record.id}</span></span><span class="verdict ${failed === 0 ? 'good' : 'bad'}">${text}</span></a></li>`;
  });
  return html`<nav aria-label="${said.experiments}"><ul>${rows}</ul></nav>`;
}

function article(run: ReportedRun, index: number, words: Words): Html {
  const { report: said } = words;
  const { record, playback } = run;
  return html`<article id="run-${index}">
<h2>${record.title}</h2>
<p class="soft">${record.id} · ${said.ran(record.preset, record.seed)} · ${linked(record.source)}</p>
<p>${record.statement}</p>
<h3>${said.claimedAndMeasured}</h3>
${claimsTable(record.claims, words)}
${problemsOf(record, words)}
${playback && player(playback, index, words)}
<div class="figures">${record.figures.map((figure) => figureOf(figure, run.figures[figure.id] ?? '', index))}</div>
${record.tables.map((table) => tableOf(table.title, run.tables[table.id] ?? '', `data/${table.id}.csv`, words))}
${details(record, words)}
</article>`;
}

function figureOf({ id, title, caption }: RunRecord['figures'][number], svg: string, index: number): Html {
  return html`<figure id="run-${index}-${id}"><div class="scroll">${pictureOf(svg, title)}</div><figcaption>${caption}</figcaption></figure>`;
}

function details(record: RunRecord, words: Words): Html {
  const { parameters, metrics } = record;
  const metricRows = Object.entries(metrics).map(
    ([name, v]) => html`<tr><th>${name}</th><td class="number">${formatNumber(v)}</td></tr>`,
  );
  return html`<details><summary>${words.report.details}</summary>
<div class="scroll"><table><tbody>${facts(record, words).map(([name, text]) => html`<tr><th>${name}</th><td>${text}</td></tr>`)}${metricRows}</tbody></table></div>
<pre>${JSON.stringify(parameters, null, 2)}</pre></details>`;
}
