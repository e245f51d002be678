/** `fprinciple list`. */
import { Command } from 'commander';
import { experiments } from '../experiments/index.js';
import { columns, duration, writeJson, writeLine } from './output.js';

export const listCommand = (): Command =>
  new Command('list')
    .description('every experiment: id, title, source, and about how long each preset takes on two cores')
    .option('--json', 'as JSON')
    .action(({ json }: { json?: boolean }) => {
      if (json) {
        writeJson(experiments.map(({ id, title, source, seconds, data }) => ({ id, title, source, seconds, data })));
        return;
      }
      const rows = experiments.map((e) => [e.id, duration(e.seconds.quick), duration(e.seconds.paper), e.title]);
      for (const line of columns([['id', 'quick', 'paper', 'title'], ...rows])) writeLine(line);
      writeLine();
      writeLine('One in full: fprinciple describe <id>. To run it: fprinciple run <id>.');
    });
