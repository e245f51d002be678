/** The command line as commander knows it: every command, its options and what is said of them. */
import { Command } from 'commander';
import { versions } from '../core/machine.js';
import { benchCommand } from './bench.js';
import { dataCommand } from './data.js';
import { describeCommand } from './describe.js';
import { docsCommand } from './docs.js';
import { doctorCommand } from './doctor.js';
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

const commands = [
  listCommand,
  describeCommand,
  runCommand,
  studioCommand,
  docsCommand,
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

/** Built anew at each call: commander keeps what it has read in its commands. */
export function commandLine(): Command {
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
  fprinciple docs                     the documentation, without a network

Exit codes: 0 done, every claim held; 1 something went wrong; 2 wrong usage or parameters; 3 done, a claim failed or a run
made again has other numbers; 4 data or a file could not be had; 5 done, but a part of an outcome (a figure, say) could not be used; 130 interrupted.`,
    );

  for (const command of commands) program.addCommand(command());
  for (const command of withInner(program)) {
    command.exitOverride().showHelpAfterError('(add --help for what there is)').showSuggestionAfterError();
  }
  return program;
}

/** A command and all below it. */
export function withInner(command: Command): Command[] {
  return [command, ...command.commands.flatMap(withInner)];
}
