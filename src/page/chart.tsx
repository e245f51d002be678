/** A line chart that moves: uPlot behind a title, a legend in words, and a text for screen readers. */
import { useSignalEffect } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import './chart.css';
import { grid, isDark, soft } from './theme.js';

/** One line; colours are functions, since they follow light and dark. */
export interface Line {
  label: string;
  color: () => string;
  dash?: number[];
  width?: number;
  /** Points without a line. */
  points?: boolean;
}

export interface ChartProps {
  id: string;
  title: string;
  /** Axis titles, with units. */
  x: string;
  y: string;
  logX?: boolean;
  logY?: boolean;
  lines: Line[];
  /** Read at every frame: x, and the values of each line. */
  data: () => (number | null)[][];
  yRange?: [number | null, number | null];
  height?: number;
  /** What it shows now, in a sentence. */
  describe: () => string;
  /** Said under the chart. */
  note?: string;
  /** Reads the signals on whose change the chart is drawn anew. */
  watch: () => void;
}

const font = '12px system-ui, "Segoe UI", "DejaVu Sans", Arial, sans-serif';

/** Charts by id, for what is exported from them. */
export const charts = new Map<string, { plot: uPlot; props: ChartProps }>();

export function Chart(props: ChartProps) {
  const host = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | undefined>(undefined);
  const said = useRef<HTMLSpanElement>(null);
  const shape = JSON.stringify([props.lines.map(({ label }) => label), props.logX, props.logY, isDark.value]);

  // Made anew where lines, axes or colours change.
  useEffect(() => {
    const element = host.current!;
    const height = props.height ?? 220;
    plot.current = new uPlot(optionsOf(props, element.clientWidth, height), aligned(props), element);
    charts.set(props.id, { plot: plot.current, props });
    const resized = new ResizeObserver(() => plot.current?.setSize({ width: element.clientWidth, height }));
    resized.observe(element);
    return () => {
      resized.disconnect();
      plot.current?.destroy();
      charts.delete(props.id);
    };
  }, [shape]);

  useSignalEffect(() => {
    props.watch();
    // A plot of other lines is about to be made anew.
    if (plot.current?.series.length === props.lines.length + 1) plot.current.setData(aligned(props));
    if (said.current) said.current.textContent = props.describe();
  });

  return (
    <figure class="chart" id={`chart-${props.id}`}>
      <figcaption>{props.title}</figcaption>
      <div class="plot" ref={host} style={{ height: `${props.height ?? 220}px` }} aria-hidden="true" />
      <ul class="key" aria-hidden="true">
        {props.lines.map(({ label, color, dash, points }) => (
          <li key={label}>
            <svg viewBox="0 0 26 10" aria-hidden="true">
              {points ? (
                <circle cx="13" cy="5" r="3.5" fill={color()} />
              ) : (
                <line
                  x1="0"
                  x2="26"
                  y1="5"
                  y2="5"
                  stroke={color()}
                  stroke-width="2.2"
                  stroke-dasharray={dash?.join(' ')}
                />
              )}
            </svg>
            {label}
          </li>
        ))}
      </ul>
      {props.note && <p class="soft small">{props.note}</p>}
      <span class="hidden" ref={said} />
    </figure>
  );
}

/** uPlot wants columns of one length, and no nothing. */
function aligned({ data, lines }: ChartProps): uPlot.AlignedData {
  const columns = data();
  const length = columns[0]?.length ?? 0;
  const filled = Array.from({ length: lines.length + 1 }, (_, i) => columns[i] ?? new Array(length).fill(null));
  return filled as unknown as uPlot.AlignedData;
}

function optionsOf(props: ChartProps, width: number, height: number): uPlot.Options {
  const axis = (label: string, size: number, log?: boolean): uPlot.Axis => {
    // Lines for 2 to 9 of each decade would run into one grey over many of them.
    const filter: uPlot.Axis.Filter = (_, splits) => splits.map((value) => (labelled(value, log) ? value : null));
    const lines = { stroke: grid(), width: 1, filter };
    return { label, labelSize: 18, labelFont: font, font, size, stroke: soft(), grid: lines, ticks: lines };
  };
  const short = (_: uPlot, splits: (number | null)[]) => splits.map((value) => (value === null ? '' : brief(value)));
  const [low, high] = props.yRange ?? [null, null];
  const padded: uPlot.Range.Function = (_, from, to) => {
    if (props.logY) {
      // Whole decades, at least one.
      const bottom = 10 ** Math.floor(Math.log10(from > 0 ? from : 0.1));
      return [low ?? bottom, high ?? Math.max(bottom * 10, 10 ** Math.ceil(Math.log10(to > 0 ? to : 1)))];
    }
    const room = to - from || Math.abs(to) || 1;
    return [low ?? from - 0.06 * room, high ?? to + 0.06 * room];
  };
  return {
    width,
    height,
    // On the right half of the last label has its place.
    padding: [8, 18, 0, 0],
    legend: { show: false },
    cursor: { show: false },
    scales: {
      x: { time: false, ...(props.logX && { distr: 3 }) },
      y: { range: padded, ...(props.logY && { distr: 3 }) },
    },
    axes: [
      { ...axis(props.x, 38, props.logX), values: short },
      { ...axis(props.y, 56, props.logY), values: short },
    ],
    series: [
      {},
      ...props.lines.map(({ label, color, dash, points, width: lineWidth = 2 }): uPlot.Series => {
        if (points)
          return { label, paths: () => null, points: { show: true, size: 5, fill: color(), stroke: color() } };
        return { label, stroke: color(), width: lineWidth, points: { show: false }, ...(dash?.length && { dash }) };
      }),
    ],
  };
}

/** Whether a tick has a label and a line: on a logarithmic axis only powers of ten have. */
export const labelled = (value: number, log = false): boolean =>
  !log || (value > 0 && Number.isInteger(Number(Math.log10(value).toFixed(9))));

/** A number in few characters. */
export function brief(value: number): string {
  if (!Number.isFinite(value)) return '–';
  if (value === 0) return '0';
  const size = Math.abs(value);
  if (size >= 1e5 || size < 1e-3) return value.toExponential(1).replace('.0e', 'e').replace('e+', 'e');
  return String(Number(value.toPrecision(3)));
}
