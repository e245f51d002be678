/** What the pages of one run and of the gallery share: claims, the slider, tables, what a run ran on. */

import { parseCsv } from '../core/csv.js';
import { contrastText, expectationText, measuredText } from '../experiment/claim-words.js';
import { type Claim, formatNumber } from '../experiment/claims.js';
import type { RunRecord } from '../experiment/record.js';
import type { Words } from '../words/index.js';
import { type Html, html, scriptJson } from './html.js';
import type { PlaybackData } from './playback.js';

/** Rows of a table that a page shows; the whole of it is in the run folder. */
const shownRows = 60;

/** A claim as a page shows it. */
export type ShownClaim = Omit<Claim, 'source'> & { source?: string };

/** Every claim: statement, source, expected, measured, verdict. */
export function claimsTable(claims: readonly ShownClaim[], { claims: said }: Words): Html {
  if (claims.length === 0) return html`<p>${said.none}</p>`;
  const rows = claims.map((claim) => {
    const { statement, source, expected, measured, labels, unit, controls = [], pass } = claim;
    const verdict = pass
      ? html`<span class="verdict good">✓ ${said.holds}</span>`
      : html`<span class="verdict bad">✗ ${said.failed}</span>`;
    return html`<tr><td>${statement}${source && html` <span class="soft">(${linked(source)})</span>`}</td><td data-name="${said.expected}">${expectationText(said, expected, unit)}</td><td class="number" data-name="${said.measured}">${measuredText(said, measured, labels, unit)}${controls.map((control) => html`<div class="control">${said.control} (${control.statement}): ${measuredText(said, control.measured, labels, unit)}</div>`)}</td><td>${verdict}<div class="contrast soft">${contrastText(said, claim)}</div></td></tr>`;
  });
  return html`<div class="scroll"><table class="claims"><thead><tr><th>${said.claim}</th><th>${said.expected}</th><th>${said.measured}</th><th>${said.verdict}</th></tr></thead><tbody>${rows}</tbody></table></div>`;
}

/** A text whose arXiv ids, DOIs and addresses are links. */
export const linked = (text: string): Html =>
  html`${text.split(/(arXiv:\d{4}\.\d{4,5}|doi:10\.\d{4,}\/[^\s,;]+|https:\/\/[^\s,;]+)/).map((part, i) => {
    if (i % 2 === 0) return part;
    const address = part.replace(/^arXiv:/, 'https://arxiv.org/abs/').replace(/^doi:/, 'https://doi.org/');
    return html`<a href="${address}" rel="noreferrer">${part}</a>`;
  })}`;

/** The slider and what it moves, on a page with the player. */
export function player(playback: PlaybackData, index: number, { report }: Words): Html {
  return html`<section class="playback" aria-label="${report.slider}" data-label="slider-${index}">
<div class="player"></div>
<script type="application/json">${scriptJson(playback)}</script>
</section>`;
}

/** A table of results, folded; long ones are cut and say where the rest is. */
export function tableOf(title: string, csv: string, file: string, { report }: Words): Html {
  const [head = [], ...rows] = parseCsv(csv);
  const more = rows.length - shownRows;
  const cells = (row: readonly string[]): Html[] => row.map((cell) => html`<td class="number">${short(cell)}</td>`);
  return html`<details><summary>${report.table(title)}</summary><div class="scroll"><table><thead><tr>${head.map((name) => html`<th>${name}</th>`)}</tr></thead><tbody>${rows.slice(0, shownRows).map((row) => html`<tr>${cells(row)}</tr>`)}</tbody></table></div>${more > 0 && html`<p class="soft">${report.moreRows(more, file)}</p>`}</details>`;
}

/** A cell's number to four digits: the file holds all of them. */
const short = (cell: string): string =>
  cell !== '' && Number.isFinite(Number(cell)) ? formatNumber(Number(cell)) : cell;

/** Seed, time, machine and versions of a run, as names and texts. */
export function facts(
  { seed, machine, versions, simd, started, seconds, presented }: RunRecord,
  { report }: Words,
): [string, string][] {
  return [
    [report.seed, String(seed)],
    [report.took, report.tookText(seconds.toFixed(1), started)],
    [report.machine, report.machineText(machine.processor, machine.cores, machine.memoryGiB, machine.platform)],
    [
      report.versions,
      `${Object.entries(versions)
        .map(([name, v]) => `${name} ${v}`)
        .join(', ')}, ${report.simd(simd)}`,
    ],
    ...(presented
      ? [[report.again, report.againText(presented.version, presented.at)] satisfies [string, string]]
      : []),
  ];
}

/** An SVG as a picture of the page: as such it runs no script and loads nothing, whoever made it. */
export const pictureOf = (svg: string, alt: string): Html =>
  html`<img src="data:image/svg+xml;base64,${Buffer.from(svg).toString('base64')}" alt="${alt}">`;

/** Parts of the run's outcome that could not be used. */
export function problemsOf({ problems = [] }: Pick<RunRecord, 'problems'>, { report }: Words): Html | false {
  if (problems.length === 0) return false;
  return html`<h3>${report.missing}</h3><ul class="problems">${problems.map(({ field, message }) => html`<li><span class="verdict bad">${field}</span> ${message}</li>`)}</ul>`;
}
