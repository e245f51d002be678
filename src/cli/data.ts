/** `fprinciple data list | fetch <name>`. */
import { Command } from 'commander';
import { cacheFolder, catalogue, datasetFolder, fetchDataset, findDataset, isCached } from '../data/index.js';
import { columns, megabytes, writeJson, writeLine } from './output.js';
import { progressDisplay } from './progress.js';

const list = (): Command =>
  new Command('list')
    .description('what there is, and what is here already')
    .option('--json', 'as JSON')
    .action(async ({ json }: { json?: boolean }) => {
      const sets = await Promise.all(
        Object.values(catalogue).map(async (dataset) => ({ dataset, cached: await isCached(dataset) })),
      );
      if (json) {
        writeJson(
          sets.map(({ dataset, cached }) => {
            const { name, title, version, bytes, licence } = dataset;
            return {
              name,
              title,
              package: dataset.package,
              version,
              bytes,
              licence,
              cached,
              folder: datasetFolder(dataset),
            };
          }),
        );
        return;
      }
      const rows = sets.map(({ dataset: d, cached }) => [d.name, megabytes(d.bytes), cached ? 'here' : '-', d.title]);
      for (const line of columns([['name', 'size', 'cached', ''], ...rows])) writeLine(line);
      writeLine();
      writeLine(`cache: ${cacheFolder()} (FPRINCIPLE_CACHE moves it)`);
    });

const fetchOne = (): Command =>
  new Command('fetch')
    .description('fetch data sets into the cache, checked by digest')
    .argument('<names...>', 'names of `fprinciple data list`')
    .option('--json', 'as JSON')
    .action(async (names: string[], { json }: { json?: boolean }) => {
      const sets = names.map(findDataset);
      const controller = new AbortController();
      const stop = (): void => controller.abort(new Error('interrupted'));
      process.once('SIGINT', stop);
      const fetched = [];
      for (const dataset of sets) {
        const display = progressDisplay(dataset.name);
        const onProgress = ({ bytes, total }: { bytes: number; total: number }): void =>
          display.update({ phase: 'fetching (bytes)', step: bytes, steps: total });
        try {
          // Asked for by name: also what is cached is fetched anew, which mends a damaged cache.
          const folder = await fetchDataset(dataset, { signal: controller.signal, onProgress, force: true });
          fetched.push({ name: dataset.name, folder });
          display.clear();
          if (!json) writeLine(`${dataset.name}: ${folder}`);
        } finally {
          display.clear();
        }
      }
      process.off('SIGINT', stop);
      if (json) writeJson(fetched);
    });

export const dataCommand = (): Command =>
  new Command('data')
    .description('real data sets, cached outside the repository')
    .addCommand(list())
    .addCommand(fetchOne());
