/** What the page shows: the state, what was heard of its training, and where the time slider stands. */
import { computed, signal } from '@preact/signals';
import type { NdArray } from '../../core/ndarray.js';
import { lessons } from '../lessons.js';
import type { Message } from '../message.js';
import type { Heard } from '../session.js';
import { decodeState, defaultState, encodeState, type SideName, type StudioState } from '../state.js';
import type { Engine } from './engine.js';
import { words } from './words.js';

export type Floats = Float32Array | Float64Array;

/** One measurement of one side. */
export interface Shown {
  step: number;
  loss: number;
  error: number;
  norm?: number;
  rank?: number;
  diverged?: boolean;
  outputs: Floats;
  relativeError: Floats;
  amplitude: Floats;
  predicted?: Floats;
}

export interface Kernel {
  eigenvalues: Floats;
  frequency: Floats;
  predicts: boolean;
}

/** What is known of one side: kept steps, and the last measurement of all. */
export interface SideHistory {
  kept: Shown[];
  live: Shown | undefined;
  kernel: Kernel | undefined;
}

/** What does not change during a training. */
export interface Scene {
  opening: number;
  /** Samples and grid, `[n * d]`; `clean` is the target on the grid, `target` its amplitudes by frequency. */
  x: NdArray;
  y: NdArray;
  grid: NdArray;
  clean: NdArray;
  target: NdArray;
  /** Of an equation, at the samples. */
  source?: NdArray;
  cycles: number[];
  steps: number[];
  size?: [height: number, width: number];
}

export interface Status {
  playing: boolean;
  done: boolean;
  step: number;
  stepsPerSecond: number;
}

export const state = signal<StudioState>(defaultState);
export const scene = signal<Scene | undefined>(undefined);
export const status = signal<Status>({ playing: false, done: false, step: 0, stepsPerSecond: 0 });
export const failure = signal('');
/** Place of the slider among the kept steps; `undefined`: the newest. */
export const place = signal<number | undefined>(undefined);
/** Counts the pictures: whatever draws from the histories reads it. */
export const frame = signal(0);
export const stepsPerSecond = signal(0);
export const histories: Record<SideName, SideHistory> = { a: empty(), b: empty() };
/** Spoken by screen readers when it changes. */
export const spoken = signal('');

export const sides = computed<SideName[]>(() => (state.value.b ? ['a', 'b'] : ['a']));

export const isPicture = computed(() => state.value.target.kind === 'picture');

function empty(): SideHistory {
  return { kept: [], live: undefined, kernel: undefined };
}

let engine: Engine | undefined;
let dirty = false;

/** The page's engine; before {@link start} there is none. */
export const engineKind = signal<Engine['kind']>('server');

/** Begins with the state of the link, or the default. */
export function start(chosen: Engine): void {
  engine = chosen;
  engineKind.value = chosen.kind;
  engine.listen(hear, (why) => {
    failure.value = why;
    status.value = { ...status.value, playing: false };
  });
  open(fromLink(), true);
  addEventListener('hashchange', () => {
    if (location.hash.length > 1 && location.hash !== `#${encodeState(state.value)}`) open(fromLink(), true);
  });
  // Two thirds of the time are left to the training, however slowly the machine draws.
  let next = 0;
  const draw = () => {
    const began = performance.now();
    if (dirty && began >= next) {
      dirty = false;
      frame.value++;
      // The charts draw after the present task.
      setTimeout(() => {
        next = 3 * performance.now() - 2 * began;
      });
    }
    requestAnimationFrame(draw);
  };
  requestAnimationFrame(draw);
}

function fromLink(): StudioState {
  const text = location.hash.slice(1);
  const named = new URLSearchParams(location.search).get('lesson');
  if (text.length < 2) return lessons.find(({ id }) => id === named)?.state ?? defaultState;
  try {
    return decodeState(text);
  } catch (error) {
    failure.value = words.value.studio.said.badLink((error as Error).message);
    return defaultState;
  }
}

/** Trains another state from its start; the address becomes its link. */
export function open(next: StudioState, play = status.value.playing): void {
  failure.value = '';
  state.value = next;
  history.replaceState(null, '', `#${encodeState(next)}`);
  place.value = undefined;
  engine?.send({ do: 'open', state: next, play });
}

/** The state with some fields changed. */
export const change = (fields: Partial<StudioState>): void => open({ ...state.value, ...fields });

export function play(): void {
  place.value = undefined;
  if (status.value.done) engine?.send({ do: 'reset' });
  engine?.send({ do: 'play' });
}
export const pause = (): void => engine?.send({ do: 'pause' });
export function step(kept: boolean): void {
  place.value = undefined;
  engine?.send({ do: 'step', kept });
}
export function reset(): void {
  place.value = undefined;
  engine?.send({ do: 'reset' });
}
export function setSpeed(value: number): void {
  stepsPerSecond.value = value;
  engine?.send({ do: 'speed', stepsPerSecond: value });
}

/** What a side looked like at the slider's place. */
export function shown(side: SideName): Shown | undefined {
  const { kept, live } = histories[side];
  return place.value === undefined ? live : (kept[place.value] ?? kept.at(-1));
}

function hear({ body, arrays }: Message<Heard>): void {
  const opening = scene.value?.opening ?? 0;
  if (body.type === 'failed') {
    failure.value = body.message;
    return;
  }
  // Of a training that was left.
  if (body.opening < opening) return;
  if (body.type === 'begun') {
    histories.a = empty();
    histories.b = empty();
    const { x, y, grid, clean, target } = arrays as Record<'x' | 'y' | 'grid' | 'clean' | 'target', NdArray>;
    const { source } = arrays;
    const { cycles, steps, size } = body;
    const more = { ...(size && { size }), ...(source && { source }) };
    scene.value = { opening: body.opening, x, y, grid, clean, target, cycles, steps, ...more };
  } else if (body.type === 'record') {
    const { side, kept, type: _, opening: __, ...numbers } = body;
    const { outputs, relativeError, amplitude, predicted } = arrays;
    const record: Shown = {
      ...numbers,
      outputs: outputs!.data,
      relativeError: relativeError!.data,
      amplitude: amplitude!.data,
      ...(predicted && { predicted: predicted.data }),
    };
    histories[side].live = record;
    if (kept) histories[side].kept.push(record);
  } else if (body.type === 'kernel') {
    const { eigenvalues, frequency } = arrays;
    histories[body.side].kernel = {
      eigenvalues: eigenvalues!.data,
      frequency: frequency!.data,
      predicts: body.predicts,
    };
  } else {
    const { playing, done, step: at, stepsPerSecond: rate } = body;
    const { said } = words.value.studio;
    if (done && !status.value.done) spoken.value = `${said.done(at)} ${passages()}`;
    else if (playing !== status.value.playing) spoken.value = playing ? said.plays : said.paused(at);
    status.value = { playing, done, step: at, stepsPerSecond: rate };
  }
  dirty = true;
}

/** A frequency counts as learnt when its relative error stays below this. */
export const LEARNT = 0.2;

/** Frequencies that the target has: at least a twentieth of the strongest. */
export function present({ target, cycles }: Scene): { index: number; cycles: number }[] {
  const most = Math.max(...target.data);
  const of = cycles.map((count, index) => ({ index, cycles: count }));
  return of.filter(({ index }) => target.data[index]! >= most / 20);
}

/** The first kept step from which on a frequency's error is below {@link LEARNT}. */
export function passage(side: SideName, index: number): number | undefined {
  const { kept } = histories[side];
  let found: number | undefined;
  for (let r = kept.length - 1; r >= 0; r--) {
    if (!(kept[r]!.relativeError[index]! < LEARNT)) break;
    found = kept[r]!.step;
  }
  return found;
}

/** What the heat map shows, in words. */
export function passages(side: SideName = 'a'): string {
  if (!scene.value) return '';
  const { chart } = words.value.studio;
  const told = present(scene.value).map(({ index, cycles }) => {
    const step = passage(side, index);
    return step === undefined ? chart.notYet(cycles) : chart.learntFrom(cycles, step);
  });
  return `${told.slice(0, 8).join(', ')}.`;
}

/** Reads what every moving chart follows. */
export const watch = (): void => {
  frame.value;
  place.value;
  scene.value;
};
