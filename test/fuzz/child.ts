/** A child process of the fuzzer: does the calls it is given, and notes each before it begins, so that its death has a name. */
import { appendFileSync, openSync, writeSync } from 'node:fs';
import { allEntries } from './all.js';
import { count, counted } from './binding.js';
import { Hanging, perform } from './case.js';
import { short } from './judge.js';

/** What the parent asks for. */
export interface Job {
  seed: string;
  /** Entry, first number, last number (left out). */
  work: [name: string, from: number, to: number][];
  /** File that holds the call in progress. */
  at: string;
  /** File of lines of JSON: what came of the calls. */
  out: string;
}

const job = JSON.parse(process.argv[2] ?? '') as Job;
const at = openSync(job.at, 'w');
let now = '';

const say = (line: object): void => appendFileSync(job.out, `${JSON.stringify(line)}\n`);
const stray = (error: unknown): void => {
  const [name, index] = now.split('#');
  if (String(error).includes('a trap of the fuzzer')) return;
  say({
    name,
    index: Number(index),
    kind: 'an error that nobody awaits',
    detail: short(String(error instanceof Error ? (error.stack ?? error) : error)),
    what: '',
  });
};
// That the event loop turns is seen from outside by a count behind the call's number.
let beats = 0;
setInterval(() => writeSync(at, `${now} ${++beats}`.padEnd(100), 0), 500).unref();
process.on('unhandledRejection', stray);
process.on('uncaughtException', stray);

count();
for (const [name, from, to] of job.work) {
  const entry = allEntries.get(name);
  if (!entry) throw new Error(`there is no entry ${name}`);
  const tally = { calls: 0, valid: 0, validAccepted: 0, field: 0, pastFirst: 0, accepted: 0 };
  for (let index = from; index < to; index++) {
    now = `${name}#${index}`;
    writeSync(at, now.padEnd(100), 0);
    try {
      const outcome = await perform(job.seed, name, entry, index);
      tally.calls++;
      if (outcome.way === 'valid') tally.valid++;
      if (outcome.way === 'valid' && outcome.accepted) tally.validAccepted++;
      if (outcome.way !== 'valid' && outcome.accepted) tally.accepted++;
      if (outcome.way === 'field' || outcome.way === 'file') {
        tally.field++;
        if (outcome.pastFirst) tally.pastFirst++;
      }
      if (outcome.verdict) say({ name, index, ...outcome.verdict });
    } catch (error) {
      const kind = error instanceof Hanging ? 'hangs' : 'the fuzzer itself failed';
      // What was asked to run for long, and had lost what it could be told to stop with, is no fault.
      if (!(error instanceof Hanging) || error.abortable)
        say({
          name,
          index,
          kind,
          detail: short(String(error instanceof Error ? (error.stack ?? error) : error)),
          what: '',
        });
      // What goes on in the background would be laid at the next call's door.
      if (error instanceof Hanging) {
        say({ tally: { name, ...tally }, binding: counted() });
        process.exit(90);
      }
    }
    // Results of the addon are freed when the event loop turns.
    if (index % 16 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  say({ tally: { name, ...tally }, binding: counted() });
}
process.exit(0);
