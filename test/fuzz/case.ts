/** One call of the fuzzer: made from the seed, the entry's name and its number, done, and judged. */
import { types } from 'node:util';
import * as api from '../../src/index.js';
import { type Entry, Kit } from './entry.js';
import { ofError, ofResult, short, type Verdict } from './judge.js';
import { type Change, copied, spoil, spoilBytes, unknownName } from './mutation.js';

/** What came of a call. */
export interface Outcome {
  /** `valid`: as it was made; `field`: with one field wrong; `fields`: with several; `file`: with spoilt bytes. */
  way: 'valid' | 'field' | 'fields' | 'file';
  accepted: boolean;
  /** Not refused for the kind of its first argument. */
  pastFirst: boolean;
  verdict?: { kind: string; detail: string; what: string } | undefined;
}

/**
 * Milliseconds after which a call is aborted; seconds of this process's work, at least as many by the clock, after which it
 * counts as hanging, or as blocking the event loop: where others keep the machine busy, waiting says little.
 */
export const patience = { abort: 400, hang: 10, block: 10 };

/** A call that does not end; `abortable`: its signal was still among its arguments. */
export class Hanging extends Error {
  constructor(readonly abortable: boolean) {
    super('it did not end');
  }
}

const exported: Readonly<Record<string, unknown>> = api;

/** Every tenth call is valid, every tenth has several fields wrong. */
const wayOf = (entry: Entry, index: number): Outcome['way'] => {
  if (index % 10 === 0) return 'valid';
  if (entry.file) return 'file';
  return index % 10 === 9 ? 'fields' : 'field';
};

/** Calls an export, or a method of the first argument. */
function invoke(name: string, entry: Entry, args: unknown[], kit: Kit): unknown {
  if (entry.call) return entry.call(args, kit);
  const method = name.split('.')[1];
  if (method !== undefined) {
    const [receiver, ...rest] = args;
    return (receiver as Readonly<Record<string, (...given: unknown[]) => unknown>>)[method]?.(...rest);
  }
  return (exported[name] as (...given: unknown[]) => unknown)(...args);
}

async function ended(work: unknown, kit: Kit, abortable = true): Promise<unknown> {
  if (!(work instanceof Promise)) return work;
  let abort: NodeJS.Timeout | undefined;
  let hang: NodeJS.Timeout | undefined;
  const begun = process.cpuUsage();
  const worked = (): number => {
    const { user, system } = process.cpuUsage(begun);
    return (user + system) / 1e6;
  };
  try {
    return await Promise.race([
      work,
      new Promise<never>((_, reject) => {
        abort = setTimeout(() => kit.controller.abort(), patience.abort);
        let seconds = 0;
        hang = setInterval(() => {
          seconds++;
          if (seconds < patience.hang || (worked() < patience.hang && seconds < 6 * patience.hang)) return;
          reject(new Hanging(abortable));
        }, 1000);
      }),
    ]);
  } finally {
    clearTimeout(abort);
    clearInterval(hang);
  }
}

/** Whether options among the arguments still have the call's signal. */
const hasSignal = (args: readonly unknown[], kit: Kit): boolean =>
  args.some(
    (value) =>
      typeof value === 'object' &&
      value !== null &&
      !types.isProxy(value) &&
      Object.getOwnPropertyDescriptor(value, 'signal')?.value === kit.signal,
  );

/** How the export refuses a first argument that is of no kind it knows: up to what it says it got. */
const firstRefusals = new Map<string, string>();
async function refusalOfFirst(name: string, entry: Entry): Promise<string> {
  const known = firstRefusals.get(name);
  if (known !== undefined) return known;
  const kit = new Kit(`first ${name}`);
  let head = '';
  try {
    const args = await entry.args(kit);
    const place = isMethod(name) ? 1 : 0;
    args[place] = Symbol('first');
    await ended(invoke(name, entry, args, kit), kit);
  } catch (error) {
    if (error instanceof api.FprincipleError) head = headOf(error.message);
  } finally {
    kit.close();
  }
  firstRefusals.set(name, head);
  return head;
}
const headOf = (message: string): string => message.split(', got')[0] ?? message;

/** Methods have what they belong to as their first argument, which is not spoilt. */
export const isMethod = (name: string): boolean => name.includes('.');

const show = (change: Change): string => `${change.path.join('.') || 'arguments'}: ${change.what}`;

function spoilt(
  name: string,
  args: unknown[],
  way: 'field' | 'fields',
  kit: Kit,
): { args: unknown[]; changes: Change[] } {
  const kept = isMethod(name) ? 1 : 0;
  const rest = args.slice(kept).map(copied);
  const changes = Array.from({ length: way === 'field' ? 1 : kit.random.int(2, 4) }, () => spoiling(rest, kit));
  return { args: [...args.slice(0, kept), ...rest], changes };
}

/** {@link spoil}; nothing where an earlier change has put something there that refuses to be looked at. */
function spoiling(args: unknown[], kit: Kit): Change {
  try {
    return spoil(args, kit.random);
  } catch {
    return { path: [], what: 'nothing: it cannot be looked at', alien: false };
  }
}

const isFree = ({ free = [], open = [] }: Entry, { path, what }: Change): boolean =>
  free.includes('*') ||
  path.some((name) => free.includes(name)) ||
  (what === unknownName && path.slice(0, -1).some((name) => open.includes(name)));

/** Makes, does and judges the call of that number. */
export async function perform(seed: string, name: string, entry: Entry, index: number): Promise<Outcome> {
  const kit = new Kit(`${seed} ${name} ${index}`);
  const way = wayOf(entry, index);
  let args: unknown[] = await entry.args(kit);
  const given = hasSignal(args, kit);
  let changes: Change[] = [];
  let what = 'valid';
  if (way === 'file') {
    const spoiltFile = spoilBytes(args[0] as Buffer, kit.random);
    args[0] = spoiltFile.bytes;
    what = spoiltFile.what;
  } else if (way !== 'valid') {
    ({ args, changes } = spoilt(name, args, way, kit));
    what = changes.map(show).join('; ');
  }
  const done = (accepted: boolean, pastFirst: boolean, verdict: Verdict): Outcome => ({
    way,
    accepted,
    pastFirst,
    verdict: verdict && { ...verdict, what: short(what) },
  });
  try {
    const result = await ended(invoke(name, entry, args, kit), kit, !given || hasSignal(args, kit));
    const [change] = changes;
    const harmless = changes.length === 1 && change !== undefined && change.alien && !isFree(entry, change);
    const verdict =
      ofResult(result, entry.result === 'any' || way === 'file', way !== 'valid' && entry.free?.includes('*')) ??
      (harmless ? { kind: 'accepted', detail: '' } : undefined);
    return done(true, true, verdict);
  } catch (error) {
    if (error instanceof Hanging) throw error;
    const verdict = trapped(error) ? undefined : ofError(error);
    if (way === 'valid' && verdict === undefined && error instanceof api.FprincipleError) {
      if (error.code === 'ABORTED' || entry.refused?.includes(error.code)) return done(false, true, undefined);
      return done(false, true, { kind: 'a valid call is refused', detail: short(`${error.code} ${error.message}`) });
    }
    const first =
      error instanceof api.FprincipleError &&
      way === 'field' &&
      changes[0]?.path.length === 1 &&
      changes[0].path[0] === '0';
    const pastFirst = !first || headOf((error as Error).message) !== (await refusalOfFirst(name, entry));
    return done(false, pastFirst, verdict);
  } finally {
    kit.close();
  }
}

/** Does a call, and judges its result or its error. */
export async function performed(name: string, entry: Entry, args: unknown[], kit: Kit): Promise<{ verdict: Verdict }> {
  try {
    const result = await ended(invoke(name, entry, args, kit), kit);
    return { verdict: ofResult(result, entry.result === 'any', entry.free?.includes('*')) };
  } catch (error) {
    return { verdict: ofError(error) };
  }
}

/** An error that the fuzzer's own getters and proxies threw is the caller's. */
const trapped = (error: unknown): boolean =>
  error instanceof Error &&
  (error.message.includes('a trap of the fuzzer') ||
    (error.cause instanceof Error && error.cause.message.includes('a trap of the fuzzer')));
