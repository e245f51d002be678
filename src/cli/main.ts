#!/usr/bin/env node
/** The `fprinciple` command. */
import { Command, CommanderError } from 'commander';
import { versions } from '../core/machine.js';
import { traceSources } from '../runs/trace.js';
import { benchCommand } from './bench.js';
import { dataCommand } from './data.js';
import { describeCommand } from './describe.js';
import { doctorCommand } from './doctor.js';
import { exitCodes, fail } from './exit.js';
import { fitCommand } from './fit.js';
import { listCommand } from './list.js';
import { measureCommand } from './measure.js';
import { paperCommand } from './paper.js';
import { recorderCommand } from './recorder.js';
import { reportCommand } from './report.js';
import { runCommand } from './run.js';
import { studioCommand } from './studio.js';
import { sweepCommand } from './sweep.js';
import { verifyCommand } from './verify.js';
import { workerCommand } from './worker.js';

const program = new Command('fprinciple')
  .description('A laboratory for how neural networks learn, seen in the frequency domain and through their kernels.')
  .version(versions().fprinciple!)
  .enablePositionalOptions()
  .addHelpText(
    'after',
    `
Start here:
  fprinciple list                     what there is to run
  fprinciple run sine-mixture         run one experiment; its report is runs/sine-mixture-quick-seed0/report.html
  fprinciple describe sine-mixture    what it claims, and every parameter you can --set
  fprinciple run ./mine.ts            run an experiment of your own (docs/own-experiment.md)
  fprinciple studio                   a page on which a network learns before your eyes

Exit codes: 0 done, every claim held; 1 something went wrong; 2 wrong usage or parameters; 3 done, a claim failed or a run
made again has other numbers; 4 data or a file could not be had; 5 done, but a part of an outcome (a figure, say) could not be used; 130 interrupted.`,
  );

const commands = [
  listCommand,
  describeCommand,
  runCommand,
  studioCommand,
  sweepCommand,
  workerCommand,
  measureCommand,
  recorderCommand,
  reportCommand,
  paperCommand,
  fitCommand,
  benchCommand,
  verifyCommand,
  dataCommand,
  doctorCommand,
];
for (const command of commands) program.addCommand(command());
for (const command of withInner(program)) {
  command.exitOverride().showHelpAfterError('(add --help for what there is)').showSuggestionAfterError();
}

function withInner(command: Command): Command[] {
  return [command, ...command.commands.flatMap(withInner)];
}

// `fprinciple list | head` closes the pipe early: that is an end, not an error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit();
  throw error;
});

traceSources();
const json = process.argv.includes('--json');
try {
  await program.parseAsync();
} catch (error) {
  // Commander has printed its own message; help and version are no errors.
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : exitCodes.usage;
  else process.exitCode = fail(error, json);
  // Work that does not look at its signal would keep an interrupted command alive.
  if (process.exitCode === exitCodes.interrupted) process.exit();
}
