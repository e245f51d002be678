/** The lab's desk: runs, sweeps and experiments of the folder that the studio was started in. */
import { type Signal, signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { brief } from '../../page/chart.js';
import { cividis, grid, soft } from '../../page/theme.js';
import type { LiveRun } from '../progress-log.js';
import type { SweepSeen } from '../server/sweeps.js';
import type { View } from './app.js';
import { token } from './engine.js';
import { ChoiceField, NumberField } from './fields.js';
import { failure } from './store.js';
import { colorOf } from './theme.js';
import { words } from './words.js';

interface Run {
  folder: string;
  id: string;
  title: string;
  preset: string;
  seed: number;
  seconds: number;
  at: number;
  held: number;
  failed: number;
}
interface Listed {
  id: string;
  title: string;
  source: string;
  statement?: string;
  seconds: Record<string, number | undefined>;
  parameters: { path: string; type: string; unit?: string; description: string; values: Record<string, unknown> }[];
}

const runs = signal<Run[]>([]);
const live = signal<LiveRun[]>([]);
const sweeps = signal<{ folder: string; name: string }[]>([]);
const chosenSweep = signal('');
const chosenMetric = signal('');
const sweep = signal<SweepSeen | undefined>(undefined);
const experiments = signal<Listed[]>([]);

const address = (path: string, query: Record<string, string> = {}): string =>
  `/desk/${path}?${new URLSearchParams({ token: token(), ...query })}`;

async function read<T>(to: Signal<T>, path: string, query?: Record<string, string>): Promise<void> {
  try {
    const answer = await fetch(address(path, query));
    if (!answer.ok) throw new Error(await answer.text());
    const next = (await answer.json()) as T;
    // What is the same is not drawn again.
    if (JSON.stringify(next) !== JSON.stringify(to.value)) to.value = next;
  } catch (error) {
    failure.value = `${path}: ${(error as Error).message}`;
  }
}

/** Reads now and every `milliseconds` while the view is there and seen. */
function useReading(readAll: () => void, milliseconds: number): void {
  useEffect(() => {
    readAll();
    const timer = setInterval(() => document.visibilityState === 'visible' && readAll(), milliseconds);
    return () => clearInterval(timer);
  }, []);
}

/** How soon a record of a run is seen. */
const LIVE_MS = 500;

function Runs() {
  const { desk } = words.value.studio;
  useReading(() => void read(live, 'live'), LIVE_MS);
  useReading(() => void read(runs, 'runs'), 3000);
  return (
    <>
      <h2>{desk.underWay}</h2>
      {live.value.length === 0 && <p class="soft">{desk.noneLive}</p>}
      <div class="columns">
        {live.value.map((run) => (
          <LiveCard key={run.name} run={run} />
        ))}
      </div>
      <h2>{desk.folders}</h2>
      {runs.value.length === 0 && <p class="soft">{desk.noFolders}</p>}
      <table>
        <thead>
          <tr>
            <th scope="col">{desk.run}</th>
            <th scope="col">{desk.claims}</th>
            <th scope="col">{desk.time}</th>
            <th scope="col">{desk.report}</th>
          </tr>
        </thead>
        <tbody>
          {runs.value.map((run) => (
            <tr key={run.folder}>
              <td>
                {run.title} <span class="soft">{run.folder}</span>
              </td>
              <td>
                {run.failed === 0 ? `✓ ${desk.held(run.held)}` : `✗ ${desk.failed(run.failed, run.held + run.failed)}`}
              </td>
              <td class="number">{brief(run.seconds)} s</td>
              <td>
                <a href={address('report', { folder: run.folder })} target="_blank" rel="noreferrer">
                  {desk.report} <span class="hidden">{desk.reportOf(run.folder)}</span>
                </a>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </>
  );
}

function LiveCard({ run }: { run: LiveRun }) {
  const { title, phase, step, steps, losses, ended } = run;
  const last = losses.at(-1);
  const { desk, transport } = words.value.studio;
  const verdict = ended?.error ?? (ended ? desk.ended(ended.held ?? 0, ended.failed ?? 0) : phase);
  return (
    <section class="box" aria-label={title} data-live={run.id}>
      <strong>{title}</strong> <span class="soft">{desk.which(run.id, run.preset, run.seed)}</span>
      <p aria-live="polite">{verdict}</p>
      {!ended && steps !== undefined && (
        <progress max={steps} value={step ?? 0} aria-label={`${run.id}: ${phase}`}>
          {desk.of(step ?? 0, steps)}
        </progress>
      )}
      {last && (
        <p class="small soft">
          {transport.step(last[0].toLocaleString('en'))}, {transport.loss(brief(last[1]))}
        </p>
      )}
      <Sparkline points={losses} label={desk.lossOf(run.id)} />
      {ended?.folder && (
        <a href={address('report', { folder: `runs/${ended.folder}` })} target="_blank" rel="noreferrer">
          {desk.reportOfThis}
        </a>
      )}
    </section>
  );
}

/** The loss on a logarithmic scale. */
function Sparkline({ points, label }: { points: [number, number][]; label: string }) {
  const drawn = points.filter(([, value]) => value > 0);
  if (drawn.length < 2) return null;
  const logs = drawn.map(([, value]) => Math.log10(value));
  const [low, high] = [Math.min(...logs), Math.max(...logs)];
  const [from, to] = [drawn[0]![0], drawn.at(-1)![0]];
  const path = drawn.map(([step], i) => {
    const x = ((step - from) / Math.max(1, to - from)) * 300;
    return `${i === 0 ? 'M' : 'L'}${x.toFixed(1)} ${(56 - 52 * ((logs[i]! - low) / (high - low || 1))).toFixed(1)}`;
  });
  return (
    <svg viewBox="0 0 300 60" width="300" height="60" role="img" aria-label={label}>
      <path d={path.join('')} fill="none" stroke={colorOf('a')} stroke-width="2" />
    </svg>
  );
}

function Sweeps() {
  const { desk } = words.value.studio;
  const readSweep = () => {
    const folder = chosenSweep.value || sweeps.value[0]?.folder;
    if (folder !== undefined) void read(sweep as Signal<SweepSeen>, 'sweep', { folder, metric: chosenMetric.value });
  };
  useReading(() => void read(sweeps, 'sweeps').then(readSweep), 900);
  const seen = sweep.value;
  if (sweeps.value.length === 0) return <p class="soft">{desk.noSweeps}</p>;
  return (
    <>
      <div class="row">
        <ChoiceField
          label={desk.sweep}
          value={chosenSweep.value || sweeps.value[0]!.folder}
          choices={sweeps.value.map(({ folder }) => [folder, folder] as const)}
          set={(folder) => {
            chosenSweep.value = folder;
            chosenMetric.value = '';
            readSweep();
          }}
        />
        {seen && seen.metrics.length > 0 && (
          <ChoiceField
            label={desk.metric}
            value={seen.metric ?? ''}
            choices={seen.metrics.map((name) => [name, name] as const)}
            set={(name) => {
              chosenMetric.value = name;
              readSweep();
            }}
          />
        )}
      </div>
      {seen && <SweepStanding seen={seen} />}
    </>
  );
}

function SweepStanding({ seen }: { seen: SweepSeen }) {
  const { total, done, failed, rate, left } = seen;
  const { desk } = words.value.studio;
  return (
    <>
      <h2>{seen.title}</h2>
      <progress max={total} value={done + failed} aria-label={desk.runsDone}>
        {desk.of(done, total)}
      </progress>
      <p id="sweep-standing" aria-live="polite">
        {desk.standing(done, total, failed)}
        {rate !== undefined && desk.rate(brief(rate))}
        {left !== undefined && left > 0 && desk.left(brief(left))}
      </p>
      <div class="columns">
        <ParallelCoordinates seen={seen} />
        <section>
          <h2>{desk.matters}</h2>
          <table>
            <thead>
              <tr>
                <th scope="col">{desk.parameter}</th>
                <th scope="col">{desk.importance(seen.metric ?? '')}</th>
              </tr>
            </thead>
            <tbody>
              {Object.entries(seen.importance)
                .sort(([, a], [, b]) => b - a)
                .map(([path, value]) => (
                  <tr key={path}>
                    <td>{path}</td>
                    <td class="number">{Number.isFinite(value) ? value.toFixed(2) : desk.nothingVaries}</td>
                  </tr>
                ))}
            </tbody>
          </table>
          <p class="small soft">{desk.importanceNote}</p>
        </section>
        {Object.entries(seen.medians).map(([path, values]) => (
          <section key={path}>
            <h2>{desk.by(seen.metric ?? '', path)}</h2>
            <table>
              <thead>
                <tr>
                  <th scope="col">{path}</th>
                  <th scope="col">{desk.median}</th>
                  <th scope="col">{desk.quartiles}</th>
                  <th scope="col">{desk.runs}</th>
                </tr>
              </thead>
              <tbody>
                {values.map(({ value, count, median, low, high }) => (
                  <tr key={JSON.stringify(value)}>
                    <td>{String(value)}</td>
                    <td class="number">{brief(median)}</td>
                    <td class="number">{desk.range(brief(low), brief(high))}</td>
                    <td class="number">{count}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </section>
        ))}
      </div>
    </>
  );
}

/** One line a run, from axis to axis, coloured by the metric. */
function ParallelCoordinates({ seen }: { seen: SweepSeen }) {
  const { desk } = words.value.studio;
  const { metric, parameters, columns } = seen;
  if (metric === undefined || parameters.length === 0) return null;
  const axes = [...parameters, metric];
  const [width, height, top] = [480, 260, 24];
  const places = axes.map((name) => placing(columns[name] ?? [], name === metric));
  const x = (axis: number) => 40 + (axis * (width - 80)) / (axes.length - 1);
  const y = (place: number) => top + (height - top - 30) * (1 - place);
  const count = columns[metric]?.length ?? 0;
  return (
    <section>
      <h2>{desk.everyRun}</h2>
      <svg viewBox={`0 0 ${width} ${height}`} role="img" aria-label={desk.parallel(count, axes.join(', '))}>
        {Array.from({ length: count }, (_, row) => {
          const at = places.map(({ place }) => place[row]);
          if (at.some((value) => value === undefined)) return null;
          const [r, g, b] = cividis(at.at(-1)!);
          return (
            <path
              key={row}
              d={at.map((value, axis) => `${axis === 0 ? 'M' : 'L'}${x(axis)} ${y(value!)}`).join('')}
              fill="none"
              stroke={`rgb(${r} ${g} ${b})`}
              stroke-width="1.5"
              opacity="0.7"
            />
          );
        })}
        {axes.map((name, axis) => (
          <g key={name} font-size="11" fill={soft()} text-anchor="middle">
            <path d={`M${x(axis)} ${y(0)}V${y(1)}`} stroke={grid()} stroke-width="2" />
            <text x={x(axis)} y="12">
              {name}
            </text>
            <text x={x(axis)} y={height - 12}>
              {places[axis]!.low}
            </text>
            <text x={x(axis)} y={top - 2}>
              {places[axis]!.high}
            </text>
          </g>
        ))}
      </svg>
    </section>
  );
}

/** Where values stand on an axis, 0 to 1: by size (logarithmically over more than two decades), or by kind. */
function placing(
  values: readonly unknown[],
  isMetric: boolean,
): { place: (number | undefined)[]; low: string; high: string } {
  const numbers = values.filter((value): value is number => typeof value === 'number');
  if (isMetric || numbers.length === values.length) {
    const [low, high] = [Math.min(...numbers), Math.max(...numbers)];
    const log = low > 0 && high / low > 100;
    const f = log ? Math.log10 : (value: number) => value;
    const range = f(high) - f(low) || 1;
    const place = values.map((value) => (typeof value === 'number' ? (f(value) - f(low)) / range : undefined));
    return { place, low: brief(low), high: brief(high) };
  }
  const kinds = [...new Set(values.map(String))];
  const place = values.map((value) => kinds.indexOf(String(value)) / Math.max(1, kinds.length - 1));
  return { place, low: kinds[0] ?? '', high: kinds.at(-1) ?? '' };
}

const chosen = signal('');
const preset = signal<'quick' | 'paper'>('quick');
const seed = signal(0);
const changed = signal<Record<string, string>>({});
const startedSaid = signal('');

function Experiments() {
  const { desk } = words.value.studio;
  useReading(() => experiments.value.length === 0 && void read(experiments, 'experiments'), 5000);
  const experiment = experiments.value.find(({ id }) => id === chosen.value) ?? experiments.value[0];
  if (!experiment) return <p class="soft">{desk.reading}</p>;
  const startIt = async () => {
    const set = Object.fromEntries(Object.entries(changed.value).filter(([, value]) => value !== ''));
    const answer = await fetch(address('start'), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ id: experiment.id, preset: preset.value, seed: seed.value, set }),
    });
    startedSaid.value = answer.ok ? desk.started(experiment.id) : await answer.text();
  };
  return (
    <div class="columns">
      <section>
        <ChoiceField
          label={desk.experiment}
          value={experiment.id}
          choices={experiments.value.map(({ id, title }) => [id, `${title} (${id})`] as const)}
          set={(id) => {
            chosen.value = id;
            changed.value = {};
          }}
        />
        <p>{experiment.statement}</p>
        <p class="small soft">{experiment.source}</p>
        <ChoiceField
          label={desk.preset}
          value={preset.value}
          choices={[
            ['quick', desk.presetOf('quick', experiment.seconds.quick ?? '?')],
            ['paper', desk.presetOf('paper', experiment.seconds.paper ?? '?')],
          ]}
          set={(value) => {
            preset.value = value;
          }}
        />
        <NumberField
          label={words.value.studio.settings.seed}
          value={seed.value}
          min={0}
          max={Number.MAX_SAFE_INTEGER}
          step={1}
          set={(value) => {
            seed.value = value;
          }}
        />
        <button type="button" class="main" id="start" onClick={() => void startIt()}>
          {desk.start}
        </button>
        <p aria-live="polite" id="started">
          {startedSaid.value}
        </p>
      </section>
      <fieldset>
        <legend>{desk.parameters}</legend>
        {experiment.parameters.map(({ path, type, unit, description, values }) => (
          <div class="field" key={`${experiment.id} ${path}`}>
            <label for={`parameter-${path}`}>
              {path} <span class="soft">{unit ? `${type}, ${unit}` : type}</span>
            </label>
            <input
              id={`parameter-${path}`}
              type="text"
              spellcheck={false}
              placeholder={JSON.stringify(values[preset.value]) ?? ''}
              aria-describedby={`about-${path}`}
              value={changed.value[path] ?? ''}
              onInput={(event) => {
                changed.value = { ...changed.value, [path]: event.currentTarget.value };
              }}
            />
            <small class="soft" id={`about-${path}`}>
              {description}
            </small>
          </div>
        ))}
      </fieldset>
    </div>
  );
}

export const views: readonly View[] = [
  { id: 'experiments', title: () => words.value.studio.desk.experiments, content: () => <Experiments /> },
  { id: 'runs', title: () => words.value.studio.desk.runs, content: () => <Runs /> },
  { id: 'sweeps', title: () => words.value.studio.desk.sweeps, content: () => <Sweeps /> },
];
