/** `fprinciple doctor`. */
import { freemem } from 'node:os';
import { Command } from 'commander';
import { cudaStatus } from '../core/cuda.js';
import { machine, simdPath, versions } from '../core/machine.js';
import { call } from '../core/native.js';
import { cacheFolder, catalogue, isCached } from '../data/index.js';
import { columns, writeJson, writeLine } from './output.js';

export const doctorCommand = (): Command =>
  new Command('doctor')
    .description('what this machine has: cores, SIMD, CUDA, data, memory')
    .option('--json', 'as JSON')
    .action(async ({ json }: { json?: boolean }) => {
      const { platform, processor, cores, memoryGiB } = machine();
      const simd = { path: simdPath(), available: call((addon) => addon.simdPaths()) };
      const sets = Object.values(catalogue);
      const cached = await Promise.all(sets.map(isCached));
      const data = Object.fromEntries(sets.map(({ name }, i) => [name, cached[i]!]));
      const freeGiB = Math.round((freemem() / 2 ** 30) * 10) / 10;
      const found = {
        versions: versions(),
        platform,
        processor,
        cores,
        memoryGiB,
        freeGiB,
        simd,
        cuda: cudaStatus(),
        cache: cacheFolder(),
        data,
      };
      if (json) {
        writeJson(found);
        return;
      }
      const lines = columns([
        ['fprinciple', `${found.versions.fprinciple}, node ${found.versions.node}`],
        ['platform', platform],
        ['processor', `${processor}, ${cores} cores`],
        ['memory', `${memoryGiB} GiB, ${freeGiB} GiB free`],
        ['SIMD', `${simd.path} (available: ${simd.available.join(', ')}; FPRINCIPLE_SIMD pins one)`],
        ['CUDA', found.cuda.message],
        ['data', sets.map(({ name }, i) => `${name} ${cached[i] ? 'here' : 'not fetched'}`).join(', ')],
        ['cache', found.cache],
      ]);
      for (const line of lines) writeLine(line);
    });
