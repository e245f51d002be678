/** The relative error by frequency and step, as it fills. */
import { useSignalEffect } from '@preact/signals';
import { useRef } from 'preact/hooks';
import { cividis, grid as gridColor, ink, isDark, soft } from '../../page/theme.js';
import type { SideName } from '../state.js';
import { frame, histories, passages, place, present, type Scene, scene, sides } from './store.js';
import { words } from './words.js';

const LEFT = 40;
const BOTTOM = 40;
const TOP = 6;
const RIGHT = 8;

export function HeatMap({ side }: { side: SideName }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useSignalEffect(() => {
    frame.value;
    place.value;
    isDark.value;
    words.value;
    if (!canvas.current || !scene.value) return;
    draw(canvas.current, scene.value, side);
    canvas.current.setAttribute('aria-label', passages(side));
  });
  const { chart } = words.value.studio;
  const title = chart.heat(sides.value.length > 1 ? side.toUpperCase() : undefined);
  return (
    <figure class="chart" id={`heat-${side}`}>
      <figcaption>{title}</figcaption>
      <canvas ref={canvas} class="heat" role="img" aria-label={title} />
      <p class="ramp soft small" aria-hidden="true">
        0 <span /> {chart.heatRamp}
      </p>
    </figure>
  );
}

/** Column of a step among the kept ones: they are dense at first, so that the axis is nearly logarithmic. */
function draw(canvas: HTMLCanvasElement, of: Scene, side: SideName): void {
  const ratio = devicePixelRatio || 1;
  const [width, height] = [canvas.clientWidth, canvas.clientHeight];
  if (width === 0) return;
  canvas.width = Math.round(width * ratio);
  canvas.height = Math.round(height * ratio);
  const context = canvas.getContext('2d')!;
  context.scale(ratio, ratio);
  const { steps } = of;
  const there = present(of);
  // A little above the highest frequency that the target has.
  const cycles = of.cycles.slice(0, Math.max(8, (there.at(-1)?.index ?? 0) + 2));
  const [w, h] = [width - LEFT - RIGHT, height - TOP - BOTTOM];
  const { kept } = histories[side];
  if (kept.length > 0) {
    const image = new ImageData(steps.length, cycles.length);
    for (const [column, { relativeError }] of kept.entries()) {
      for (const { index } of there) {
        const at = 4 * ((cycles.length - 1 - index) * steps.length + column);
        const [r, g, b] = cividis(relativeError[index]!);
        image.data.set([r, g, b, 255], at);
      }
    }
    const small = new OffscreenCanvas(steps.length, cycles.length);
    small.getContext('2d')!.putImageData(image, 0, 0);
    context.imageSmoothingEnabled = false;
    context.drawImage(small, LEFT, TOP, w, h);
  }
  context.strokeStyle = gridColor();
  context.strokeRect(LEFT, TOP, w, h);
  context.fillStyle = soft();
  context.font = '12px system-ui, "Segoe UI", "DejaVu Sans", Arial, sans-serif';
  context.textAlign = 'right';
  context.textBaseline = 'middle';
  const row = (index: number) => TOP + h - ((index + 0.5) / cycles.length) * h;
  for (const [index, count] of cycles.entries()) {
    if (count === 1 || count % 5 === 0) context.fillText(String(count), LEFT - 6, row(index));
  }
  context.textAlign = 'center';
  context.textBaseline = 'top';
  // The first column at or after each power of ten.
  const tens = [0, 1, 10, 100, 1000, 10_000, 100_000].filter((step) => step < steps.at(-1)!);
  let last = -60;
  for (const step of [...tens, steps.at(-1)!]) {
    const column = steps.findIndex((kept) => kept >= step);
    const x = LEFT + ((column + 0.5) / steps.length) * w;
    if (x - last < 30 + 4 * String(step).length) continue;
    context.fillText(step.toLocaleString('en'), Math.min(x, width - 24), TOP + h + 5);
    last = x;
  }
  context.fillText(words.value.studio.chart.step, LEFT + w / 2, TOP + h + 22);
  context.save();
  context.translate(10, TOP + h / 2);
  context.rotate(-Math.PI / 2);
  context.textBaseline = 'middle';
  context.fillText(words.value.studio.chart.cycles, 0, 0);
  context.restore();
  if (place.value !== undefined) {
    const x = LEFT + ((place.value + 0.5) / steps.length) * w;
    context.strokeStyle = ink();
    context.setLineDash([4, 3]);
    context.beginPath();
    context.moveTo(x, TOP);
    context.lineTo(x, TOP + h);
    context.stroke();
  }
}
