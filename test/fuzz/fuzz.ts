/** Hands out calls to child processes, watches their memory and whether they go on, and gathers what they found. */
import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { allEntries } from './all.js';
import { patience } from './case.js';
import type { Job } from './child.js';

export interface FuzzOptions {
  /** Names the calls: the same seed gives the same ones. */
  seed: string;
  /** About so many in all, evenly over the entries. */
  calls: number;
  /** Damaged files in all, over the formats; default a fifth of `calls`. */
  files?: number;
  /** Child processes at once. */
  lanes: number;
  /** Entries; default all. */
  only?: readonly string[];
  /** Numbers of the calls of each entry, in place of a share of `calls`. */
  from?: number;
  to?: number;
}

/** A call that went wrong; the seed, the name and the number make it again. */
export interface Finding {
  name: string;
  index: number;
  kind: string;
  detail: string;
  /** What was done to the valid call. */
  what: string;
}

interface Tally {
  calls: number;
  valid: number;
  validAccepted: number;
  field: number;
  pastFirst: number;
  accepted: number;
}

export interface FuzzReport {
  findings: Finding[];
  tallies: ReadonlyMap<string, Tally>;
  /** Functions of the addon: calls that were accepted and that were refused. */
  binding: ReadonlyMap<string, [accepted: number, refused: number]>;
  seconds: number;
  text: string;
}

/** Private, writable memory a child may have; and resident memory at which it is ended, where the first is not held to. */
const dataLimitKiB = 3_000_000;
const residentLimit = 4e9;

type Work = Job['work'][number];

/** From so many calls on, every entry has its full share; in a shorter run costly entries have less. */
const longRun = 50_000;

/** Calls of each export with one field wrong that pass the first check, at least, in a long run. */
const leastPastFirst = 300;

/** Calls of each entry, and damaged files of each format. */
function plan({ calls, files = 0.2 * calls, only, from, to }: FuzzOptions): Work[] {
  const names = [...allEntries.keys()].filter((name) => only === undefined || only.includes(name));
  if (from !== undefined) return names.flatMap((name) => parts(name, from, to ?? from + 1));
  const long = calls >= longRun;
  return [true, false].flatMap((file) => {
    const some = names.filter((name) => (allEntries.get(name)?.file ?? false) === file);
    const shares = some.map((name) => (long ? 1 : 1 / costOf(name)));
    const share = (file ? files : calls) / shares.reduce((a, b) => a + b, 0);
    return some.flatMap((name, i) => parts(name, 0, Math.max(4, Math.ceil(share * (shares[i] ?? 1)))));
  });
}

const costOf = (name: string): number => allEntries.get(name)?.cost ?? 1;

/** Calls of an entry in parts that take a child some seconds. */
function parts(name: string, first: number, last: number): Work[] {
  const part = Math.max(10, Math.round(200 / costOf(name)));
  return Array.from(
    { length: Math.ceil((last - first) / part) },
    (_, k): Work => [name, first + k * part, Math.min(last, first + (k + 1) * part)],
  );
}

/** More calls of what has too few past the first check: by the share that got past it so far, at most four times as many. */
function further(tallies: ReadonlyMap<string, Tally>): Work[] {
  return [...tallies].flatMap(([name, { calls, pastFirst }]) => {
    if (pastFirst >= leastPastFirst || pastFirst === 0 || allEntries.get(name)?.file) return [];
    return parts(
      name,
      calls,
      calls + Math.min(4 * calls, Math.ceil((1.1 * calls * leastPastFirst) / pastFirst) - calls),
    );
  });
}

/** Runs the fuzzer. */
export async function fuzz(options: FuzzOptions): Promise<FuzzReport> {
  const folder = mkdtempSync(join(tmpdir(), 'fprinciple-fuzzer-'));
  // Data sets are fetched by npm: here it is one that has none.
  mkdirSync(join(folder, 'work'));
  mkdirSync(join(folder, 'bin'));
  writeFileSync(join(folder, 'bin', 'npm'), '#!/bin/sh\nexit 1\n');
  chmodSync(join(folder, 'bin', 'npm'), 0o755);
  const begun = performance.now();
  const findings: Finding[] = [];
  const tallies = new Map<string, Tally>();
  const binding = new Map<string, [number, number]>();
  // Costly parts are spread over the children by dealing the parts out in turn.
  const waiting: Work[][] = [];
  const deal = (work: Work[]): void => {
    const size = Math.max(1, Math.min(40, Math.ceil(work.length / options.lanes)));
    for (let i = 0; i < work.length; i += size) waiting.push(work.slice(i, i + size));
  };
  deal(plan(options));

  const lane = async (index: number): Promise<void> => {
    for (let batch = waiting.shift(); batch; batch = waiting.shift()) {
      let work: Work[] = batch;
      while (work.length > 0) work = await batchDone(work, index);
    }
  };
  /** Does a batch in a child; what is left of it where the child died or hung. */
  const batchDone = async (work: Work[], index: number): Promise<Work[]> => {
    const job: Job = { seed: options.seed, work, at: join(folder, `at-${index}`), out: join(folder, `out-${index}`) };
    rmSync(job.out, { force: true });
    writeFileSync(job.at, '');
    const end = await watched(job, folder);
    const lines = existsSync(job.out) ? readFileSync(job.out, 'utf8').split('\n').filter(Boolean) : [];
    for (const line of lines) take(JSON.parse(line) as object);
    if (end.kind === 'done') return [];
    const [name = '', number = '0'] = readFileSync(job.at, 'utf8').split('#');
    const at = Number.parseInt(number, 10);
    const place = work.findIndex(([of, from, to]) => of === name && from <= at && at < to);
    if (place < 0) throw new Error(`the fuzzer's child could not begin: ${end.detail}`);
    if (end.kind !== 'hung itself') findings.push({ name, index: at, kind: end.kind, detail: end.detail, what: '' });
    const [, , to] = work[place] ?? [name, at, at];
    const rest: Work[] = at + 1 < to ? [[name, at + 1, to]] : [];
    return [...rest, ...work.slice(place + 1)];
  };
  const take = (line: object): void => {
    if ('tally' in line) {
      const { name, ...counts } = line.tally as Tally & { name: string };
      const sum = tallies.get(name) ?? { calls: 0, valid: 0, validAccepted: 0, field: 0, pastFirst: 0, accepted: 0 };
      for (const key of Object.keys(sum) as (keyof Tally)[]) sum[key] += counts[key];
      tallies.set(name, sum);
    } else findings.push(line as Finding);
    if ('binding' in line) {
      for (const [name, [yes, no]] of Object.entries(line.binding as Record<string, [number, number]>)) {
        const [a, b] = binding.get(name) ?? [0, 0];
        binding.set(name, [a + yes, b + no]);
      }
    }
  };
  try {
    const done = async (): Promise<void> => {
      // All of them to their end, also where one fails: they share the folder that is taken away afterwards.
      const ends = await Promise.allSettled(Array.from({ length: options.lanes }, (_, i) => lane(i)));
      for (const end of ends) if (end.status === 'rejected') throw end.reason;
    };
    await done();
    if (options.calls >= longRun && options.from === undefined) {
      deal(further(tallies));
      await done();
    }
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  }
  const seconds = (performance.now() - begun) / 1000;
  const report = { findings, tallies, binding, seconds };
  return { ...report, text: text(options, report) };
}

interface End {
  kind: 'done' | 'the process ended' | 'blocks the event loop' | 'takes too much memory' | 'hung itself';
  detail: string;
}

/** Starts a child, and ends it where it stands still or grows. */
async function watched(job: Job, folder: string): Promise<End> {
  const child = start(job, folder);
  let errors = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    errors = (errors + chunk.toString()).slice(-4000);
  });
  let end: End | undefined;
  let last = '';
  let since = Date.now();
  let worked = 0;
  const watch = setInterval(() => {
    const now = existsSync(job.at) ? readFileSync(job.at, 'utf8') : '';
    if (now !== last) {
      last = now;
      since = Date.now();
      worked = workedSeconds(child.pid);
    } else if (now === '') {
      // It is still loading the package, which says nothing about a call.
      worked = workedSeconds(child.pid);
      if (Date.now() - since < 600_000) return;
      end = { kind: 'blocks the event loop', detail: 'it did not begin' };
      child.kill('SIGKILL');
    } else if (workedSeconds(child.pid) - worked > patience.block || Date.now() - since > 6000 * patience.block) {
      end = { kind: 'blocks the event loop', detail: `no end in ${patience.block} s of work` };
      child.kill('SIGKILL');
    }
    const resident = residentBytes(child.pid);
    if (resident > residentLimit) {
      end = { kind: 'takes too much memory', detail: `${(resident / 1e9).toFixed(1)} GB` };
      child.kill('SIGKILL');
    }
  }, 200);
  const [code, signal] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve) => {
    child.on('close', (...ended) => resolve(ended));
  });
  clearInterval(watch);
  if (end) return end;
  if (code === 0) return { kind: 'done', detail: '' };
  if (code === 90) return { kind: 'hung itself', detail: '' };
  const told = errors
    .split('\n')
    .filter((line) => /panic|fatal|memory|abort|Error/i.test(line))
    .slice(0, 2)
    .join(' | ');
  return { kind: 'the process ended', detail: `${signal ?? `exit ${code}`} ${told}`.slice(0, 300) };
}

function start(job: Job, folder: string): ChildProcess {
  const node = [
    process.execPath,
    '--max-old-space-size=1024',
    '--import',
    import.meta.resolve('tsx'),
    fileURLToPath(new URL('child.ts', import.meta.url)),
    JSON.stringify(job),
  ];
  const env = {
    ...process.env,
    PATH: `${join(folder, 'bin')}:${process.env.PATH ?? ''}`,
    TMPDIR: folder,
    FPRINCIPLE_CACHE: join(folder, 'cache'),
    RUST_BACKTRACE: '0',
  };
  const settings = {
    cwd: join(folder, 'work'),
    env,
    stdio: ['ignore', 'ignore', 'pipe'] as ['ignore', 'ignore', 'pipe'],
  };
  // The cap is a shell's to set: `ulimit -d` counts what is writable and private, not what is merely reserved.
  if (process.platform !== 'linux') return spawn(node[0] ?? '', node.slice(1), settings);
  return spawn('sh', ['-c', `ulimit -d ${dataLimitKiB}; ulimit -c 0; exec "$@"`, 'sh', ...node], settings);
}

/** Processor time of a process: where others keep the machine busy, waiting says little. */
function workedSeconds(pid: number | undefined): number {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
    return (Number(fields[11]) + Number(fields[12])) / 100;
  } catch {
    return 0;
  }
}

function residentBytes(pid: number | undefined): number {
  try {
    return Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1]) * 4096;
  } catch {
    return 0;
  }
}

type Alike = [Finding, ...Finding[]];

/** Findings that read alike but for numbers, and for what was given where that is said. */
function grouped(findings: readonly Finding[]): Map<string, Alike> {
  const groups = new Map<string, Alike>();
  for (const finding of findings) {
    const place = finding.what.replace(/: .*/, '').replace(/\d+/g, 'N');
    const words = finding.detail.replace(/`.*?`|".*?"/g, '').replace(/-?\d+(\.\d+)?(e[+-]?\d+)?/g, 'N');
    const key = [finding.name, finding.kind, place, words.slice(0, 60)].join('|');
    const group = groups.get(key);
    if (group) group.push(finding);
    else groups.set(key, [finding]);
  }
  return groups;
}

function text({ seed, only }: FuzzOptions, { findings, tallies, binding, seconds }: Omit<FuzzReport, 'text'>): string {
  const sum = (key: keyof Tally): number => [...tallies.values()].reduce((all, tally) => all + tally[key], 0);
  const lines = [...grouped(findings).values()].map((alike) => {
    const [{ name, index, kind, detail, what }] = alike;
    const more = alike.length > 1 ? ` (and ${alike.length - 1} more of its kind)` : '';
    return `${name} #${index}: ${kind}: ${detail}${what && ` [${what}]`}${more}`;
  });
  const refused = [...tallies].filter(([, t]) => t.valid > 0 && t.validAccepted === 0).map(([name]) => name);
  // Without arguments there is no field to spoil.
  const spoilt = [...tallies].filter(([name, { pastFirst }]) => pastFirst > 0 && !allEntries.get(name)?.file);
  const least = spoilt.sort(([, a], [, b]) => a.pastFirst - b.pastFirst)[0];
  const bare = [...tallies].filter(([, { pastFirst }]) => pastFirst === 0).map(([name]) => name);
  const damaged = [...tallies]
    .filter(([name]) => allEntries.get(name)?.file)
    .reduce((n, [, { field }]) => n + field, 0);
  const reached = [...binding].filter(([, [yes, no]]) => yes + no > 0);
  const unreached = [...binding].filter(([, [yes, no]]) => yes + no === 0).map(([name]) => name);
  const accepted = reached.reduce((all, [, [yes]]) => all + yes, 0);
  const all = reached.reduce((total, [, [yes, no]]) => total + yes + no, 0);
  return [
    ...lines,
    '',
    `seed ${seed}: ${sum('calls')} calls of ${tallies.size} entries in ${seconds.toFixed(0)} s, ${findings.length} findings`,
    `valid calls: ${sum('validAccepted')} of ${sum('valid')} accepted${refused.length > 0 && !only ? `; none of ${refused.join(', ')}` : ''}`,
    `spoilt calls: ${sum('field')} in one field, ${sum('pastFirst')} of them past the check of the first argument (at least ${least?.[1].pastFirst ?? 0} an entry: ${least?.[0] ?? ''}${bare.length > 0 && !only ? `; nothing to spoil: ${bare.join(', ')}` : ''}), ${damaged} damaged files, ${sum('accepted')} accepted`,
    `binding: ${reached.length} of ${binding.size} functions reached, ${all} calls, ${((100 * accepted) / Math.max(1, all)).toFixed(0)} % accepted${unreached.length > 0 && !only ? `; not reached: ${unreached.join(', ')}` : ''}`,
    ...(findings.length > 0 ? [`again: npm run fuzz -- --seed ${seed} --only NAME --from NUMBER`] : []),
  ].join('\n');
}
