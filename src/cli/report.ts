/** `fprinciple report <run dir...>`. */
import { relative, resolve } from 'node:path';
import { Command } from 'commander';
import { FprincipleError, invalidArgument } from '../core/errors.js';
import { writeWhole } from '../core/files.js';
import { reportPage } from '../report/page.js';
import { presentAgain } from '../runs/again.js';
import { findExperiments } from '../runs/find.js';
import { readRecord, readRun } from '../runs/read.js';
import { type Language, languages } from '../words/index.js';
import { languageOption } from './language.js';
import { writeJson, writeLine } from './output.js';
import { atWork } from './progress.js';

interface Options {
  out: string;
  json?: boolean;
  again?: boolean;
  from?: string;
  lang: Language;
}

export const reportCommand = (): Command =>
  new Command('report')
    .description('one standalone HTML page of several runs')
    .argument('<folders...>', 'run folders')
    .option(
      '--again',
      'first make claims, tables and figures of each run anew from what it measured, without training it again',
    )
    .option('--from <file>', 'with --again: the file of your own experiment (./mine.ts) that made the runs')
    .option('--out <file>', 'where to write it', 'report.html')
    .addOption(languageOption('the page'))
    .option('--json', 'say what was written as JSON')
    .action(async (folders: string[], { out, json, again, from, lang }: Options) => {
      const own = from === undefined ? [] : await findExperiments(from);
      if (from !== undefined && !again) throw invalidArgument('--from: expected it with --again');
      const runs = await atWork('report', async () => {
        for (const folder of again ? folders : []) {
          const { id } = await readRecord(folder);
          const experiment = own.find((one) => one.id === id);
          await presentAgain(folder, experiment && { experiment });
        }
        const read = [];
        for (const folder of folders) read.push(await readRun(folder));
        return read;
      });
      const path = resolve(out);
      try {
        await writeWhole(path, reportPage(runs, languages[lang]));
      } catch (cause) {
        throw new FprincipleError('IO', `--out: ${path} cannot be written: ${(cause as Error).message}`, { cause });
      }
      const claims = runs.flatMap((run) => run.record.claims);
      const held = claims.filter((claim) => claim.pass).length;
      if (json) writeJson({ report: path, runs: runs.map((run) => run.record.id), held, failed: claims.length - held });
      else
        writeLine(
          `${relative(process.cwd(), path)}: ${runs.length} runs, ${held} claims held, ${claims.length - held} failed`,
        );
    });
