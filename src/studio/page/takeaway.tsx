/** What can be taken away: a link, programs, figures, the training as an animation. */
import { signal } from '@preact/signals';
import { type ExportName, exported, exportNames } from '../exports.js';
import { encodeState } from '../state.js';
import { animation } from './animation.js';
import { chartPng, chartSvg, charts } from './drawings.js';
import { scene, spoken, state } from './store.js';

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
  return (
    <details class="box" id="take-away">
      <summary>Take it away</summary>
      <div class="row">
        <button
          type="button"
          onClick={async () => {
            await navigator.clipboard.writeText(link());
            spoken.value = 'The link is copied.';
          }}
        >
          Copy the link
        </button>
        {(Object.keys(exportNames) as ExportName[]).map((name) => (
          <button key={name} type="button" data-export={name} onClick={() => show(name)}>
            As {exportNames[name][0]}
          </button>
        ))}
      </div>
      <p class="small soft">The link holds the whole state: whoever opens it sees the same training, to the bit.</p>
      {shown && (
        <>
          <div class="row">
            <button type="button" onClick={() => navigator.clipboard.writeText(shown.text)}>
              Copy
            </button>
            <button type="button" onClick={() => download(exportNames[shown.name][1], new Blob([shown.text]))}>
              Save {exportNames[shown.name][1]}
            </button>
          </div>
          <textarea
            id="exported"
            readOnly
            rows={16}
            aria-label={`As ${exportNames[shown.name][0]}`}
            value={shown.text}
          />
        </>
      )}
      <div class="row">
        <button type="button" onClick={() => saveFigures('svg')}>
          Figures as SVG
        </button>
        <button type="button" onClick={() => saveFigures('png')}>
          Figures as PNG
        </button>
        <button
          type="button"
          disabled={busy.value !== ''}
          onClick={async () => {
            const made = await animation((part) => {
              busy.value = `Drawing ${Math.round(100 * part)} %`;
            });
            busy.value = '';
            download('training.gif', made);
          }}
        >
          Training as GIF
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
