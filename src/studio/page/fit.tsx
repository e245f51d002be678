/** The middle: target, samples and what the network makes of them now. */
import { useSignalEffect } from '@preact/signals';
import { useRef } from 'preact/hooks';
import { brief, Chart, type Line } from '../../page/chart.js';
import { cividis, ink } from '../../page/theme.js';
import { frame, isPicture, place, type Scene, scene, shown, sides, watch } from './store.js';
import { colorOf, dashOf, sampleColor } from './theme.js';
import { words } from './words.js';

export function Fit() {
  return isPicture.value ? <Pictures /> : <Curve />;
}

const nameOf = (side: 'a' | 'b'): string =>
  words.value.studio.networkName(sides.value.length > 1 ? side.toUpperCase() : undefined);

function Curve() {
  const { chart, fit } = words.value.studio;
  const lines: Line[] = [
    { label: chart.samples, color: sampleColor, points: true },
    { label: chart.target, color: ink, dash: [2, 3], width: 1.6 },
    ...sides.value.map((side) => ({ label: nameOf(side), color: () => colorOf(side), dash: dashOf(side), width: 2.4 })),
  ];
  return (
    <Chart
      watch={watch}
      id="fit"
      title={fit}
      x={chart.x}
      y={chart.value}
      height={340}
      lines={lines}
      data={curves}
      describe={() => {
        const told = sides.value.map((side) => {
          const now = shown(side);
          return now ? chart.fitAt(nameOf(side), now.step, brief(now.loss), brief(now.error)) : '';
        });
        return `${told.join('; ')}.`;
      }}
    />
  );
}

/** Samples and grid on one axis, since uPlot has one. */
function curves(): (number | null)[][] {
  const of = scene.value;
  if (!of) return [[]];
  const { order, x } = merged(of);
  const on = (values: ArrayLike<number>, offset: number) =>
    order.map((i) => (i >= offset && i < offset + values.length ? values[i - offset]! : undefined)) as (
      | number
      | null
    )[];
  const n = of.x.data.length;
  const outputs = sides.value.map((side) => on(shown(side)?.outputs ?? [], n));
  return [x, on(of.y.data, 0), on(of.clean.data, n), ...outputs];
}

let known: { of: Scene; order: number[]; x: number[] } | undefined;

function merged(of: Scene): { order: number[]; x: number[] } {
  if (known?.of === of) return known;
  const all = [...of.x.data, ...of.grid.data].map((t) => Math.PI * t);
  const order = all.map((_, i) => i).sort((i, j) => all[i]! - all[j]!);
  known = { of, order, x: order.map((i) => all[i]!) };
  return known;
}

function Pictures() {
  const { chart, fit } = words.value.studio;
  return (
    <figure class="chart" id="chart-fit">
      <figcaption>{fit}</figcaption>
      <div class="pictures">
        <Picture label={chart.target} values={() => scene.value?.clean.data} />
        {sides.value.map((side) => (
          <Picture key={side} label={nameOf(side)} values={() => shown(side)?.outputs} />
        ))}
        {sides.value.map((side) => (
          <Picture key={`${side} error`} label={chart.errorOf(nameOf(side))} values={() => errorOf(side)} colored />
        ))}
      </div>
    </figure>
  );
}

function errorOf(side: 'a' | 'b'): Float64Array | undefined {
  const [outputs, clean] = [shown(side)?.outputs, scene.value?.clean.data];
  if (!outputs || !clean) return undefined;
  return Float64Array.from(outputs, (value, i) => 2 * Math.abs(value - clean[i]!));
}

interface PictureProps {
  label: string;
  values: () => ArrayLike<number> | undefined;
  colored?: boolean;
}

function Picture({ label, values, colored }: PictureProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useSignalEffect(() => {
    frame.value;
    place.value;
    const [size, now] = [scene.value?.size, values()];
    if (!canvas.current || !size || !now) return;
    const [height, width] = size;
    canvas.current.width = width;
    canvas.current.height = height;
    const image = new ImageData(width, height);
    for (let i = 0; i < now.length; i++) {
      const gray = Math.round(255 * Math.min(1, Math.max(0, now[i]!)));
      image.data.set([...(colored ? cividis(now[i]!) : [gray, gray, gray]), 255], 4 * i);
    }
    canvas.current.getContext('2d')!.putImageData(image, 0, 0);
  });
  return (
    <div>
      <canvas ref={canvas} role="img" aria-label={label} />
      <span class="soft small">{label}</span>
    </div>
  );
}
