/** The right: why the fit looks as it does. */
import { Fragment } from 'preact';

import { brief, Chart, type Line } from '../../page/chart.js';
import { ink, lineColor } from '../../page/theme.js';
import type { SideName } from '../state.js';
import { HeatMap } from './heatmap.js';
import {
  histories,
  isPicture,
  passages,
  place,
  present,
  type Scene,
  type Shown,
  scene,
  shown,
  sides,
  state,
  watch,
} from './store.js';
import { colorOf, dashOf } from './theme.js';
import { words } from './words.js';

/** A side's letter, where there are two. */
const letterOf = (side: SideName): string | undefined => (sides.value.length > 1 ? side.toUpperCase() : undefined);
const nameOf = (side: SideName): string => words.value.studio.networkName(letterOf(side));

/** The kept records up to the slider. */
const upTo = (side: SideName): Shown[] => {
  const { kept } = histories[side];
  return place.value === undefined ? kept : kept.slice(0, place.value + 1);
};

/** Its parts, by the name under which a page may ask for some of them alone. */
export const parts = {
  heat: () => sides.value.map((side) => <HeatMap key={side} side={side} />),
  spectrum: () => <Spectrum />,
  frequency: () => sides.value.map((side) => <ByFrequency key={side} side={side} />),
  kernel: () => <Eigenvalues />,
  loss: () => {
    const { chart } = words.value.studio;
    return <OverSteps id="loss" title={chart.loss} y={chart.meanSquared} logY value={({ loss }) => loss} />;
  },
  rank: () => {
    const { chart } = words.value.studio;
    return <OverSteps id="rank" title={chart.rank} y={chart.rankAxis} value={({ rank }) => rank} />;
  },
  norm: () => {
    const { chart } = words.value.studio;
    return <OverSteps id="norm" title={chart.norm} y={chart.normAxis} value={({ norm }) => norm} />;
  },
} as const;

export function Why() {
  return Object.entries(parts).map(([name, part]) => <Fragment key={name}>{part()}</Fragment>);
}

function Spectrum() {
  const { chart } = words.value.studio;
  return (
    <Chart
      watch={watch}
      id="spectrum"
      title={chart.spectrum}
      x={isPicture.value ? chart.cyclesAcross : chart.cyclesOverPeriod}
      y={chart.amplitude}
      lines={[
        { label: chart.target, color: ink, dash: [2, 3] },
        ...sides.value.map((side) => ({ label: nameOf(side), color: () => colorOf(side), dash: dashOf(side) })),
      ]}
      yRange={[0, null]}
      data={() => {
        const of = scene.value;
        if (!of) return [[]];
        return [of.cycles, [...of.target.data], ...sides.value.map((side) => [...(shown(side)?.amplitude ?? [])])];
      }}
      describe={() => passages()}
    />
  );
}

/** The strongest frequencies of the target, from low to high. */
function strongest(of: Scene | undefined): { index: number; cycles: number }[] {
  if (!of) return [];
  const { data } = of.target;
  const found = present(of).sort((a, b) => data[b.index]! - data[a.index]!);
  return found.slice(0, 4).sort((a, b) => a.index - b.index);
}

function ByFrequency({ side }: { side: SideName }) {
  const chosen = strongest(scene.value);
  const { chart } = words.value.studio;
  const method = (side === 'a' ? state.value.a : state.value.b)?.optimizer;
  const predicts = state.value.task === 'fit' && method !== 'adam' && method !== 'muon';
  const lines: Line[] = chosen.map(({ cycles }, i) => ({
    label: chart.cyclesOf(cycles),
    color: () => lineColor(i),
  }));
  const dashed: Line[] = predicts
    ? chosen.map(({ cycles }, i) => ({
        label: chart.predictedOf(cycles),
        color: () => lineColor(i),
        dash: [5, 4],
        width: 1.6,
      }))
    : [];
  return (
    <Chart
      watch={watch}
      id={`frequency-${side}`}
      title={chart.byFrequency(letterOf(side))}
      x={chart.step}
      y={chart.relativeError}
      logX
      yRange={[0, 1.2]}
      lines={[...lines, ...dashed]}
      data={() => {
        const records = upTo(side).filter(({ step }) => step > 0);
        const measured = chosen.map(({ index }) => records.map(({ relativeError }) => relativeError[index]!));
        const predicted = chosen.map(({ index }) => records.map((record) => record.predicted?.[index] ?? null));
        return [records.map(({ step }) => step), ...measured, ...(predicts ? predicted : [])];
      }}
      describe={() => passages(side)}
      note={predicts ? chart.dashed : chart.noPrediction}
    />
  );
}

/** Eigenvalues that are drawn. */
const MOST = 60;

function Eigenvalues() {
  const { chart } = words.value.studio;
  return (
    <div class="pair">
      <Chart
        watch={watch}
        id="eigenvalues"
        title={chart.eigenvalues}
        x={chart.index}
        y={chart.eigenvalue}
        logY
        height={180}
        lines={sides.value.map((side) => ({ label: nameOf(side), color: () => colorOf(side), points: true }))}
        data={() => {
          const values = sides.value.map((side) => [...(histories[side].kernel?.eigenvalues.subarray(0, MOST) ?? [])]);
          const largest = Math.max(...values.map(([first]) => first ?? 0));
          const positive = values.map((list) => list.map((value) => (value > largest * 1e-12 ? value : null)));
          return [
            Array.from({ length: Math.max(0, ...values.map((list) => list.length)) }, (_, i) => i + 1),
            ...positive,
          ];
        }}
        describe={() => {
          const kernel = histories.a.kernel;
          return kernel
            ? chart.eigenvaluesText(brief(kernel.eigenvalues[0]!), brief(kernel.eigenvalues[9] ?? 0))
            : chart.noKernel;
        }}
      />
      <Chart
        watch={watch}
        id="eigenvectors"
        title={chart.eigenvectors}
        x={chart.index}
        y={chart.cycles}
        height={180}
        lines={sides.value.map((side) => ({ label: nameOf(side), color: () => colorOf(side), points: true }))}
        data={() => {
          const values = sides.value.map((side) => [...(histories[side].kernel?.frequency.subarray(0, MOST) ?? [])]);
          return [
            Array.from({ length: Math.max(0, ...values.map((list) => list.length)) }, (_, i) => i + 1),
            ...values,
          ];
        }}
        describe={() => {
          const kernel = histories.a.kernel;
          return kernel ? chart.eigenvectorsText([...kernel.frequency.subarray(0, 8)].join(', ')) : '';
        }}
      />
    </div>
  );
}

interface OverStepsProps {
  id: string;
  title: string;
  y: string;
  logY?: boolean;
  value: (record: Shown) => number | undefined;
}

function OverSteps({ id, title, y, logY = false, value }: OverStepsProps) {
  const { chart } = words.value.studio;
  return (
    <Chart
      watch={watch}
      id={id}
      title={title}
      x={chart.step}
      y={y}
      logX
      logY={logY}
      height={170}
      lines={sides.value.map((side) => ({ label: nameOf(side), color: () => colorOf(side), dash: dashOf(side) }))}
      data={() => {
        // Both have the same kept steps; one that diverged has fewer.
        const all = sides.value.map((side) => upTo(side).filter(({ step }) => step > 0));
        const longest = all.reduce((a, b) => (b.length > a.length ? b : a));
        return [
          longest.map(({ step }) => step),
          ...all.map((records) => longest.map((_, r) => (records[r] ? (value(records[r]) ?? null) : null))),
        ];
      }}
      describe={() => {
        const told = sides.value.map((side) => {
          const now = upTo(side).at(-1);
          const at = now && value(now);
          return at === undefined ? '' : `${nameOf(side)}: ${brief(at)}`;
        });
        return told.join('; ');
      }}
    />
  );
}
