/** `fprinciple verify [ids...]`. */
import { Command, InvalidArgumentError, Option } from 'commander';
import type { PresetName } from '../experiment/define.js';
import { presetNames } from '../experiment/define.js';
import { experiments } from '../experiments/index.js';
import { experimentById } from '../runs/find.js';
import { type VerifiedRound, verifiedClaims, verifyExperiment } from '../runs/verify.js';
import { exitCodes } from './exit.js';
import { columns, writeJson, writeLine } from './output.js';
import { progressDisplay } from './progress.js';

interface Options {
  seeds: number;
  round: number;
  preset: PresetName;
  out: string;
  json?: boolean;
}

function whole(text: string): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(value) && value > 0) return value;
  throw new InvalidArgumentError('expected a whole number above 0.');
}

export const verifyCommand = (): Command =>
  new Command('verify')
    .description(
      'run experiments on fresh seeds, which nobody picks, and say on how many each claim holds. It goes on where it was ' +
        'interrupted',
    )
    .argument('[ids...]', 'ids of `fprinciple list`; all where none is given')
    .option('--seeds <n>', 'seeds of the round', whole, 20)
    .option('--round <n>', 'another round has other seeds', whole, 1)
    .addOption(new Option('--preset <name>', 'which preset').choices(presetNames).default('quick'))
    .option('--out <file>', 'the file of all rounds, to which this one is added', 'verified.json')
    .option('--json', 'print the rounds as JSON')
    .action(async (ids: string[], { seeds, round, preset, out, json }: Options) => {
      const controller = new AbortController();
      for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => controller.abort());
      const chosen = ids.length > 0 ? [...new Set(ids.map(experimentById))] : experiments;
      const rounds: VerifiedRound[] = [];
      for (const experiment of chosen) {
        const { update, clear } = progressDisplay(experiment.id);
        try {
          const done = await verifyExperiment(experiment, {
            file: out,
            seeds,
            round,
            preset,
            signal: controller.signal,
            onProgress: update,
            onRun: ({ seed, claims, error }, count) => {
              const failed = Object.entries(claims).flatMap(([id, pass]) => (pass ? [] : [id]));
              const verdict = error ?? (failed.length === 0 ? 'all held' : `FAILED ${failed.join(', ')}`);
              process.stderr.write(`${experiment.id}: run ${count}, seed ${seed}: ${verdict}\n`);
            },
          });
          rounds.push(done);
          clear();
          if (!json) announce(done);
        } finally {
          clear();
        }
      }
      if (json) writeJson(rounds.map((one) => ({ ...one, claims: verifiedClaims(one) })));
      const all = rounds.flatMap(verifiedClaims);
      if (all.some(({ held, of }) => held < of)) process.exitCode = exitCodes.claims;
    });

function announce(round: VerifiedRound): void {
  writeLine(`${round.id}, round ${round.round}`);
  const percent = (share: number): string => `${Math.round(100 * share)} %`;
  const rows = verifiedClaims(round).map(({ id, held, of, interval: [low, high] }) => [
    `  ${id}`,
    `${held} of ${of} fresh seeds`,
    `${percent(low)} to ${percent(high)}`,
  ]);
  for (const line of columns(rows)) writeLine(line);
  const broken = round.runs.filter(({ error }) => error !== undefined).length;
  if (broken > 0) writeLine(`  ${broken} of ${round.runs.length} runs did not finish`);
}
