/** What can be taken away: a link, programs, figures, the training as an animation. */
import { signal } from '@preact/signals';
import { type ExportName, exported, exportFiles } from '../exports.js';
import { encodeState } from '../state.js';
import { animation } from './animation.js';
import { chartPng, chartSvg, charts } from './drawings.js';
import { scene, spoken, state } from './store.js';
import { words } from './words.js';

const text = signal<{ name: ExportName; text: string } | undefined>(undefined);
const busy = signal('');

/** The state's own address, without the server's token. */
const link = () =>
  `${location.origin === 'null' ? location.href.split('#')[0] : location.pathname}#${encodeState(state.value)}`;

export function download(name: string, blob: Blob): void {
  const anchor = document.createElement('a');
  anchor.href = URL.createObjectURL(blob);
  anchor.download = name;
  anchor.click();
  URL.revokeObjectURL(anchor.href);
}

function show(name: ExportName): void {
  const { x, y, source } = scene.value ?? {};
  if (!x || !y) return;
  text.value = {
    name,
    text: exported(name, state.value, { x: x.data, y: y.data, ...(source && { source: source.data }) }),
  };
}

export function TakeAway() {
  const shown = text.value;
  const { takeAway } = words.value.studio;
  return (
    <details class="box" id="take-away">
      <summary>{takeAway.title}</summary>
      <div class="row">
        <button
          type="button"
          onClick={async () => {
            await navigator.clipboard.writeText(link());
            spoken.value = words.value.studio.said.copied;
          }}
        >
          {takeAway.copyLink}
        </button>
        {(Object.keys(exportFiles) as ExportName[]).map((name) => (
          <button key={name} type="button" data-export={name} onClick={() => show(name)}>
            {takeAway.as(takeAway.names[name])}
          </button>
        ))}
      </div>
      <p class="small soft">{takeAway.link}</p>
      {shown && (
        <>
          <div class="row">
            <button type="button" onClick={() => navigator.clipboard.writeText(shown.text)}>
              {takeAway.copy}
            </button>
            <button type="button" onClick={() => download(exportFiles[shown.name], new Blob([shown.text]))}>
              {takeAway.save(exportFiles[shown.name])}
            </button>
          </div>
          <textarea
            id="exported"
            readOnly
            rows={16}
            aria-label={takeAway.as(takeAway.names[shown.name])}
            value={shown.text}
          />
        </>
      )}
      <div class="row">
        <button type="button" onClick={() => saveFigures('svg')}>
          {takeAway.svg}
        </button>
        <button type="button" onClick={() => saveFigures('png')}>
          {takeAway.png}
        </button>
        <button
          type="button"
          disabled={busy.value !== ''}
          onClick={async () => {
            const made = await animation((part) => {
              busy.value = takeAway.drawing(Math.round(100 * part));
            });
            busy.value = '';
            download('training.gif', made);
          }}
        >
          {takeAway.gif}
        </button>
        <span aria-live="polite">{busy.value}</span>
      </div>
    </details>
  );
}

async function saveFigures(kind: 'svg' | 'png'): Promise<void> {
  for (const id of charts.keys()) {
    if (kind === 'svg') download(`${id}.svg`, new Blob([chartSvg(id)], { type: 'image/svg+xml' }));
    else download(`${id}.png`, await chartPng(id));
  }
  for (const canvas of document.querySelectorAll<HTMLCanvasElement>('canvas.heat')) {
    const name = canvas.closest('figure')!.id;
    const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve));
    if (!blob) continue;
    if (kind === 'png') download(`${name}.png`, blob);
    else {
      const { width, height } = canvas;
      const image = `<image width="${width}" height="${height}" href="${canvas.toDataURL()}"/>`;
      const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}">${image}</svg>`;
      download(`${name}.svg`, new Blob([svg], { type: 'image/svg+xml' }));
    }
  }
}
