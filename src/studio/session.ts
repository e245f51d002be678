/**
 * A page's training: it opens a state, plays, pauses, steps, and posts what it measures. The same in the server and in a worker;
 * whether anybody looks changes no number.
 */
import type { NdArray } from '../core/ndarray.js';
import { targetAmplitude } from './data.js';
import type { Message } from './message.js';
import { schedule } from './schedule.js';
import { checkState, type SideName, type StudioState } from './state.js';
import { type Measured, SideTraining } from './training.js';

/** What a page asks. */
export type Command =
  | { do: 'open'; state: unknown; play?: boolean }
  | { do: 'play' }
  | { do: 'pause' }
  /** To the next step, or with `kept` to the next that is kept. */
  | { do: 'step'; kept?: boolean }
  | { do: 'reset' }
  /** Steps a second; 0: as many as there can be. */
  | { do: 'speed'; stepsPerSecond: number };

/** What a page hears; arrays come beside it. */
export type Heard =
  | { type: 'begun'; opening: number; steps: number[]; cycles: number[]; size?: [number, number]; inputs: number }
  | ({ type: 'record'; opening: number; side: SideName; kept: boolean } & Omit<
      Measured,
      'outputs' | 'relativeError' | 'amplitude' | 'predicted'
    >)
  | { type: 'kernel'; opening: number; side: SideName; step: number; predicts: boolean }
  | { type: 'status'; opening: number; playing: boolean; step: number; done: boolean; stepsPerSecond: number }
  | { type: 'failed'; message: string };

export type Post = (message: Message<Heard>) => void;

/** How long a part of the training takes, so that a page is drawn thirty times a second. */
const PART_MS = 30;

interface Opened {
  number: number;
  state: StudioState;
  kept: number[];
  sides: [SideName, SideTraining][];
}

export class Session {
  readonly #post: Post;
  readonly #breathe: () => Promise<void>;
  readonly #now: () => number;
  #opened: Opened | undefined;
  #openings = 0;
  /** Which opening plays: a run that was left must not pass for that of the next. */
  #playing: Opened | undefined;
  #stepsPerSecond = 0;
  /** Steps a millisecond, as measured. */
  #rate = 0.1;
  #work: Promise<void> = Promise.resolve();

  /** @param breathe lets what came in meanwhile be heard */
  constructor(post: Post, breathe: () => Promise<void>, now: () => number = () => performance.now()) {
    this.#post = post;
    this.#breathe = breathe;
    this.#now = now;
  }

  /** Commands follow each other; what is wrong is posted. Resolves when this one is done (playing goes on). */
  command(command: Command): Promise<void> {
    // Takes effect at once: a part that is under way is the last one.
    if (command.do === 'pause' || command.do === 'open' || command.do === 'reset') this.#playing = undefined;
    if (command.do === 'speed') {
      this.#stepsPerSecond = Math.max(0, Number(command.stepsPerSecond) || 0);
      return Promise.resolve();
    }
    this.#work = this.#work.then(() => this.#obey(command)).catch((error: unknown) => this.#fail(error));
    return this.#work;
  }

  /** Ends it: nothing is posted any more. */
  close(): void {
    this.#playing = undefined;
    this.#opened = undefined;
  }

  #fail(error: unknown): void {
    this.#playing = undefined;
    this.#post({
      body: { type: 'failed', message: error instanceof Error ? error.message : String(error) },
      arrays: {},
    });
    this.#status();
  }

  async #obey(command: Command): Promise<void> {
    if (command.do === 'open') {
      await this.#open(checkState(command.state));
      if (command.play) this.#play();
    } else if (command.do === 'reset' && this.#opened) await this.#open(this.#opened.state);
    else if (command.do === 'pause') {
      // An opening before it may have begun to play meanwhile.
      this.#playing = undefined;
      this.#status();
    } else if (command.do === 'play') this.#play();
    else if (command.do === 'step') {
      this.#playing = undefined;
      const opened = this.#opened;
      if (opened) await this.#advance(opened, command.kept ? undefined : 1);
      this.#status();
    }
  }

  async #open(state: StudioState): Promise<void> {
    const kept = schedule(state.steps);
    const sides: [SideName, SideTraining][] = [['a', new SideTraining(state, state.a)]];
    if (state.b) sides.push(['b', new SideTraining(state, state.b)]);
    const opened: Opened = { number: ++this.#openings, state, kept, sides };
    this.#opened = opened;
    const { x, y, source, grid, clean, cycles, size } = sides[0]![1].data;
    const opening = opened.number;
    const [steps, inputs] = [kept, x.shape[1]!];
    const target = narrow(targetAmplitude(sides[0]![1].data));
    const arrays = { x, y, grid: narrow(grid), clean: narrow(clean), target, ...(source && { source }) };
    this.#post({ body: { type: 'begun', opening, steps, cycles, inputs, ...(size && { size }) }, arrays });
    for (const [side, training] of sides) await this.#measure(opened, side, training, 0);
    this.#status();
    // The first picture does not wait for the kernels.
    await this.#breathe();
    for (const [side, training] of sides) {
      const kernel = await training.kernel();
      if (!kernel || this.#opened !== opened) continue;
      const { eigenvalues, frequency, predicts } = kernel;
      const body: Heard = { type: 'kernel', opening, side, step: training.step, predicts };
      this.#post({ body, arrays: { eigenvalues, frequency } });
      await this.#breathe();
    }
  }

  #play(): void {
    const opened = this.#opened;
    if (!opened || this.#playing === opened || isDone(opened)) {
      this.#status();
      return;
    }
    this.#playing = opened;
    this.#status();
    void this.#run(opened).catch((error: unknown) => this.#fail(error));
  }

  /** Plays until it is paused or done: the clock gives steps, and both sides take them. */
  async #run(opened: Opened): Promise<void> {
    let before = this.#now();
    let owed = 0;
    while (this.#playing === opened && this.#opened === opened && !isDone(opened)) {
      const now = this.#now();
      if (this.#stepsPerSecond > 0) {
        // Steps that could not be taken in time are not owed for ever.
        owed = Math.min(owed + ((now - before) / 1000) * this.#stepsPerSecond, this.#stepsPerSecond);
        before = now;
        if (owed < 1) {
          await new Promise((resolve) => setTimeout(resolve, Math.min(PART_MS, 1000 / this.#stepsPerSecond)));
          continue;
        }
      }
      const most = Math.max(1, Math.round(this.#rate * PART_MS));
      const from = stepOf(opened);
      const part = owed >= 1 ? Math.min(most, Math.floor(owed)) : most;
      await this.#exclusive(async () => {
        if (this.#playing === opened) await this.#advance(opened, part);
      });
      const taken = stepOf(opened) - from;
      owed = Math.max(0, owed - taken);
      const spent = Math.max(0.05, this.#now() - now);
      this.#rate = 0.7 * this.#rate + 0.3 * (taken / spent);
      await this.#breathe();
    }
    if (this.#opened === opened && isDone(opened)) this.#playing = undefined;
    if (this.#opened === opened) this.#status();
  }

  /** One part at a time, between commands. */
  #exclusive(part: () => Promise<void>): Promise<void> {
    this.#work = this.#work.then(part);
    return this.#work;
  }

  /** So many steps on, at most to the next kept one. */
  async #advance(opened: Opened, most = Number.POSITIVE_INFINITY): Promise<void> {
    const from = stepOf(opened);
    const next = opened.kept.find((step) => step > from);
    if (next === undefined || isDone(opened) || this.#opened !== opened) return;
    const step = Math.min(next, from + most);
    for (const [side, training] of opened.sides) {
      if (!training.stopped) await this.#measure(opened, side, training, step);
    }
  }

  async #measure(opened: Opened, side: SideName, training: SideTraining, step: number): Promise<void> {
    const kept = opened.kept.includes(step);
    const measured = step === 0 ? await training.start() : await training.advance(step, kept);
    const { outputs, relativeError, amplitude, predicted, ...numbers } = measured;
    if (this.#opened !== opened) return;
    const arrays: Record<string, NdArray> = { outputs, relativeError, amplitude, ...(predicted && { predicted }) };
    this.#post({ body: { type: 'record', opening: opened.number, side, kept, ...numbers }, arrays });
  }

  #status(): void {
    const opened = this.#opened;
    if (!opened) return;
    const body: Heard = {
      type: 'status',
      opening: opened.number,
      playing: this.#playing === opened,
      step: stepOf(opened),
      done: isDone(opened),
      stepsPerSecond: Math.round(this.#rate * 1000),
    };
    this.#post({ body, arrays: {} });
  }
}

const stepOf = ({ sides }: Opened): number => Math.max(...sides.map(([, { step }]) => step));
const isDone = (opened: Opened): boolean =>
  stepOf(opened) >= opened.kept.at(-1)! || opened.sides.every(([, { stopped }]) => stopped);
const narrow = ({ data, shape }: NdArray): NdArray => ({ data: Float32Array.from(data), shape });
