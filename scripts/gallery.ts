// Builds docs/gallery from a run of every experiment with its quick preset. Runs that are there are used again.
//   npm run gallery                      everything
//   npm run gallery -- aliasing pinn     do these two where they are missing, and write pages from what is there
// Options: --runs <folder> (default runs), --out <folder> (default docs/gallery), --fresh (do every run again), --lang <en|zh>.
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { exitCodes, fail } from '../src/cli/exit.js';
import { progressDisplay } from '../src/cli/progress.js';
import { invalidArgument } from '../src/core/errors.js';
import { experiments, themeOf } from '../src/experiments/index.js';
import { collectRun, runFolder } from '../src/gallery/collect.js';
import { readPaperRuns } from '../src/gallery/paper-runs.js';
import { type System, verdictOf } from '../src/gallery/system.js';
import { writeGallery } from '../src/gallery/write.js';
import { experimentById } from '../src/runs/find.js';
import { readRun } from '../src/runs/read.js';
import { readVerified } from '../src/runs/verify.js';
import { en, isLanguage, languageNames, languages } from '../src/words/index.js';

const root = fileURLToPath(new URL('..', import.meta.url));

async function build(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      runs: { type: 'string', default: join(root, 'runs') },
      out: { type: 'string', default: join(root, 'docs/gallery') },
      fresh: { type: 'boolean', default: false },
      lang: { type: 'string', default: 'en' },
    },
  });
  const { runs, out, fresh, lang } = values;
  if (!isLanguage(lang)) throw invalidArgument(`--lang: expected one of ${languageNames.join(', ')}, got ${lang}`);
  const words = languages[lang];
  const wanted = new Set(positionals.length > 0 ? positionals.map(experimentById) : experiments);
  const paper = await readPaperRuns(join(root, 'docs/paper-runs.json'));
  const verified = await readVerified(join(root, 'docs/verified.json'));
  const controller = new AbortController();
  process.once('SIGINT', () => controller.abort(new Error('interrupted')));
  const systems: System[] = [];
  for (const experiment of experiments) {
    const { id } = experiment;
    const file = join(root, 'src/experiments', themeOf(experiment)?.id ?? '', `${id}.ts`);
    const system: System = {
      experiment,
      paper: paper.filter((run) => run.id === id),
      verified: verified.filter((round) => round.id === id),
      code: await readFile(file, 'utf8'),
    };
    if (wanted.has(experiment)) {
      const { update, clear } = progressDisplay(id);
      try {
        const { run, reused } = await collectRun(experiment, {
          runs,
          file,
          fresh,
          signal: controller.signal,
          onProgress: update,
        });
        system.run = run;
        clear();
        console.log(
          `${id.padEnd(32)}${verdictOf(system, en).text.padEnd(18)}${reused ? 'was there' : `${run.record.seconds.toFixed(1)} s`}`,
        );
      } catch (error) {
        clear();
        if (controller.signal.aborted) throw error;
        system.failure = error instanceof Error ? error.message : String(error);
        console.log(`${id.padEnd(32)}✗ did not finish: ${system.failure}`);
      }
    } else {
      // Asked for others only: shown where it has been run, whatever it was run by.
      const run = await readRun(runFolder(experiment, runs)).catch(() => undefined);
      if (run) system.run = run;
    }
    systems.push(system);
  }
  const playground = join(root, 'dist/playground.html');
  await writeGallery(out, systems, existsSync(playground) ? playground : undefined, words);
  const claims = systems.flatMap(({ run }) => run?.record.claims ?? []);
  const failed = claims.filter((claim) => !claim.pass).length;
  console.log(`\n${claims.length - failed} claims held, ${failed} failed\ngallery: ${join(out, 'index.html')}`);
  if (systems.some(({ failure }) => failure !== undefined)) return exitCodes.error;
  return failed > 0 ? exitCodes.claims : exitCodes.done;
}

try {
  process.exitCode = await build();
} catch (error) {
  process.exitCode = fail(error, false);
  if (process.exitCode === exitCodes.interrupted) process.exit();
}
