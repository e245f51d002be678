/** The page's script: a slider that moves every panel of a run to one recorded step. */
import { type Signal, useSignal } from '@preact/signals';
import { render } from 'preact';
import { useEffect, useMemo } from 'preact/hooks';
import { brief, Chart, type Line } from '../../page/chart.js';
import { ink, lineColor } from '../../page/theme.js';
import { player as english } from '../../words/en.js';
import { player as chinese } from '../../words/zh.js';
import type { CurveData, ImageData, PlaybackData } from '../playback.js';

/** Series are told apart by dashes too. */
const DASHES = [[], [7, 3], [2, 3], [9, 3, 2, 3], [12, 4]];
/** Seconds from the first record to the last, where the records are many. */
const LENGTH = 6;

/** In the page's language. */
const words = document.documentElement.lang.startsWith('zh') ? chinese : english;

function Player({ playback, label }: { playback: PlaybackData; label: string }) {
  const { steps, loss, panels } = playback;
  const record = useSignal(0);
  const playing = useSignal(false);
  const last = steps.length - 1;

  useEffect(() => {
    if (!playing.value) return;
    const tick = () => {
      if (record.value < last) record.value++;
      if (record.value >= last) playing.value = false;
    };
    const timer = setInterval(tick, Math.max(40, (1000 * LENGTH) / steps.length));
    return () => clearInterval(timer);
  }, [playing.value]);

  const play = () => {
    if (!playing.value && record.value >= last) record.value = 0;
    playing.value = !playing.value;
  };
  const at = loss?.[record.value];
  const text = words.at(steps[record.value]!.toLocaleString('en-US'), at == null ? undefined : brief(at));
  return (
    <>
      <div class="controls">
        <button type="button" onClick={play}>
          {playing.value ? words.pause : words.play}
        </button>
        <label for={label}>{words.step}</label>
        <input
          id={label}
          type="range"
          min={0}
          max={last}
          step={1}
          value={record.value}
          aria-valuetext={text}
          onInput={(event) => {
            record.value = Number(event.currentTarget.value);
          }}
        />
        <output for={label}>{text}</output>
      </div>
      <div class="panels">
        {panels.map((panel, i) =>
          panel.kind === 'curve' ? (
            <Curve key={panel.title} panel={panel} record={record} id={`${label}-${i}`} />
          ) : (
            <Picture key={panel.title} panel={panel} record={record} />
          ),
        )}
      </div>
    </>
  );
}

/** A panel of curves. Its axes stay while the slider moves, so that a curve is seen to move and not its scale. */
function Curve({ panel, record, id }: { panel: CurveData; record: Signal<number>; id: string }) {
  const { title, xLabel, yLabel, logX, logY, points, series } = panel;
  const { order, x } = useMemo(() => sorted(panel), [panel]);
  const range = useMemo(
    () =>
      rangeOf(
        series.flatMap(({ y }) => y.flat()),
        logY,
      ),
    [panel],
  );
  const moving = series.filter(({ y }) => y.length > 1);
  const lines = series.map((one): Line => {
    if (one.y.length === 1) return { label: one.name, color: ink, dash: [2, 3], width: 1.6, points };
    const index = moving.indexOf(one);
    const dash = DASHES[index % DASHES.length]!;
    return { label: one.name, color: () => lineColor(index + 1), dash, width: 2.2, points };
  });
  const shown = (value: number | null | undefined) => (value == null || (logY && value <= 0) ? null : value);
  return (
    <div class="panel">
      <Chart
        id={id}
        title={title}
        x={xLabel}
        y={yLabel}
        logX={logX}
        logY={logY}
        lines={lines}
        yRange={range}
        height={270}
        watch={() => void record.value}
        data={() => [
          x,
          ...series.map(({ y }) => {
            const now = y[Math.min(record.value, y.length - 1)]!;
            return order.map((i) => shown(now[i]));
          }),
        ]}
        describe={() => words.panel(title, yLabel, xLabel, record.value + 1)}
      />
    </div>
  );
}

/** The panel's x in rising order, those left out that its axis cannot show. */
function sorted({ x, logX }: CurveData): { order: number[]; x: number[] } {
  const order = x.flatMap((value, i) => (value !== null && !(logX && value <= 0) ? [i] : []));
  order.sort((i, j) => x[i]! - x[j]!);
  return { order, x: order.map((i) => x[i]!) };
}

/** From the lowest value to the highest, with some room; whole decades are the chart's own choice. */
function rangeOf(values: readonly (number | null)[], log: boolean): [number | null, number | null] {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of values) {
    if (value === null || (log && value <= 0)) continue;
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  if (low > high) return [null, null];
  if (log)
    return [
      10 ** Math.floor(Math.log10(low)),
      10 ** Math.max(Math.floor(Math.log10(low)) + 1, Math.ceil(Math.log10(high))),
    ];
  const room = high - low || Math.abs(high) || 1;
  return [low - 0.04 * room, high + 0.04 * room];
}

function Picture({ panel, record }: { panel: ImageData; record: Signal<number> }) {
  const { title, frames, target } = panel;
  return (
    <div class="panel">
      <h4>{title}</h4>
      <div class="pictures">
        <div>
          <img src={frames[record.value]} alt={`${title}, ${words.network}`} />
          {words.network}
        </div>
        {target && (
          <div>
            <img src={target} alt={`${title}, ${words.target}`} />
            {words.target}
          </div>
        )}
      </div>
    </div>
  );
}

for (const host of document.querySelectorAll<HTMLElement>('.playback')) {
  const playback = JSON.parse(host.querySelector('script')!.textContent!) as PlaybackData;
  render(<Player playback={playback} label={host.dataset.label!} />, host.querySelector('.player')!);
}
