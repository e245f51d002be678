/** A run made again, beside the one that it is like: whether every number is the same to the bit, and if not, what else differs. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { RunRecord } from '../experiment/record.js';
import { readRecord } from './read.js';

/** What two runs of the same experiment have in common. */
export interface RunComparison {
  /** Whether metrics and every file in `data/` are the same, byte by byte. */
  same: boolean;
  /** Files in `data/` that differ, or that only one of them has. */
  files: string[];
  /** Metrics that differ, with both values. */
  metrics: { name: string; before: number | null; after: number | null }[];
  /** What bits depend on, where it is not the same: versions, the digest of the code, SIMD path; also the processor. */
  circumstances: { what: string; before: string; after: string }[];
}

/** @throws FprincipleError `IO` for what is no run folder */
export async function compareRuns(before: string, after: string): Promise<RunComparison> {
  const [first, second] = [await readRecord(before), await readRecord(after)];
  const names = new Set([...(await namesIn(before)), ...(await namesIn(after))]);
  const files: string[] = [];
  for (const name of [...names].sort()) {
    const [a, b] = await Promise.all([before, after].map((folder) => bytesOf(join(folder, 'data', name))));
    if (!a || !b || !a.equals(b)) files.push(name);
  }
  const metrics = [...new Set([...Object.keys(first.metrics), ...Object.keys(second.metrics)])]
    .map((name) => ({ name, before: first.metrics[name] ?? null, after: second.metrics[name] ?? null }))
    .filter((metric) => !Object.is(metric.before, metric.after));
  return {
    same: files.length === 0 && metrics.length === 0,
    files,
    metrics,
    circumstances: circumstances(first, second),
  };
}

function circumstances(first: RunRecord, second: RunRecord): RunComparison['circumstances'] {
  const told = ({ versions, code, simd, machine }: RunRecord): [string, string][] => [
    ...Object.entries(versions).map(([name, version]): [string, string] => [`version of ${name}`, version]),
    ['code', code ?? 'not recorded'],
    ['SIMD path', simd],
    ['processor', machine.processor],
  ];
  const now = new Map(told(second));
  return told(first)
    .map(([what, before]) => ({ what, before, after: now.get(what) ?? 'not recorded' }))
    .filter((one) => one.before !== one.after);
}

const namesIn = (folder: string): Promise<string[]> => readdir(join(folder, 'data')).catch(() => []);
const bytesOf = (path: string): Promise<Buffer | undefined> => readFile(path).catch(() => undefined);
