/** The training as a moving picture: fit and heat map at kept steps. */
import { applyPalette, GIFEncoder, quantize } from 'gifenc';
import { isDark, soft } from '../../page/theme.js';
import { histories, place, scene, shown } from './store.js';
import { words } from './words.js';

const FRAMES = 60;
const WIDTH = 900;

/** A GIF of what was recorded; `said` hears how much is done. */
export async function animation(said: (part: number) => void): Promise<Blob> {
  const before = place.value;
  const kept = histories.a.kept.length;
  const chosen = [...new Set(Array.from({ length: FRAMES }, (_, i) => Math.round((i * (kept - 1)) / (FRAMES - 1))))];
  const encoder = GIFEncoder();
  try {
    for (const [i, index] of chosen.entries()) {
      place.value = index;
      // uPlot draws after the present task.
      await new Promise((resolve) => setTimeout(resolve));
      const { data, width, height } = picture();
      const palette = quantize(data, 128);
      encoder.writeFrame(applyPalette(data, palette), width, height, {
        palette,
        delay: i === chosen.length - 1 ? 1500 : 80,
      });
      said(i / chosen.length);
    }
  } finally {
    place.value = before;
  }
  encoder.finish();
  return new Blob([encoder.bytes() as Uint8Array<ArrayBuffer>], { type: 'image/gif' });
}

function picture(): ImageData {
  const canvases = [
    ...document.querySelectorAll<HTMLCanvasElement>('#chart-fit canvas, canvas.heat, #chart-spectrum canvas'),
  ];
  const scaled = canvases.map((canvas) => ({
    canvas,
    height: Math.round((canvas.height / canvas.width) * (WIDTH / 2)),
  }));
  const rows: (typeof scaled)[] = [];
  for (let i = 0; i < scaled.length; i += 2) rows.push(scaled.slice(i, i + 2));
  const heights = rows.map((row) => Math.max(...row.map(({ height }) => height)));
  const height = 30 + heights.reduce((sum, one) => sum + one, 0);
  const context = new OffscreenCanvas(WIDTH, height).getContext('2d')!;
  context.fillStyle = isDark.value ? '#141414' : '#ffffff';
  context.fillRect(0, 0, WIDTH, height);
  context.fillStyle = soft();
  context.font = '16px system-ui, "DejaVu Sans", Arial, sans-serif';
  context.fillText(
    words.value.studio.takeAway.stepOf(
      shown('a')?.step.toLocaleString('en') ?? '0',
      scene.value?.steps.at(-1)?.toLocaleString('en') ?? '0',
    ),
    10,
    20,
  );
  let top = 30;
  for (const [r, row] of rows.entries()) {
    for (const [i, { canvas, height: own }] of row.entries())
      context.drawImage(canvas, (i * WIDTH) / 2, top, WIDTH / 2, own);
    top += heights[r]!;
  }
  return context.getImageData(0, 0, WIDTH, height);
}
