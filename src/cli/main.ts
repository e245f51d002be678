#!/usr/bin/env node
/** The `fprinciple` command. */
import { CommanderError } from 'commander';
import { traceSources } from '../runs/trace.js';
import { exitCodes, fail } from './exit.js';
import { commandLine } from './program.js';

// `fprinciple list | head` closes the pipe early: that is an end, not an error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit();
  throw error;
});

traceSources();
const json = process.argv.includes('--json');
try {
  await commandLine().parseAsync();
} catch (error) {
  // Commander has printed its own message; help and version are no errors.
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : exitCodes.usage;
  else process.exitCode = fail(error, json);
  // Work that does not look at its signal would keep an interrupted command alive.
  if (process.exitCode === exitCodes.interrupted) process.exit();
}
