/** `fprinciple doctor`. */
import { freemem } from 'node:os';
import { Command } from 'commander';
import { cudaStatus } from '../core/cuda.js';
import { machine, simdPath, versions } from '../core/machine.js';
import { call } from '../core/native.js';
import { cacheFolder, catalogue, isCached } from '../data/index.js';
import { columns, writeJson, writeLine } from './output.js';
import { cudaPlans } from './plan.js';

export const doctorCommand = (): Command =>
  new Command('doctor')
    .description('what this machine has: cores, SIMD, CUDA, data, memory')
    .option('--plan <file>', 'how trainings of a network (JSON) would be cut on GPUs, with predicted times')
    .option('--json', 'as JSON')
    .action(async ({ json, plan }: { json?: boolean; plan?: string }) => {
      if (plan !== undefined) {
        const plans = await cudaPlans(plan);
        if (json) writeJson(plans);
        else
          for (const line of plans
            .map((lines) => lines.join('\n'))
            .join('\n\n')
            .split('\n'))
            writeLine(line);
        return;
      }
      const { platform, processor, cores, memoryGiB } = machine();
      const simd = { path: simdPath(), available: call((addon) => addon.simdPaths()) };
      const sets = Object.values(catalogue);
      const cached = await Promise.all(sets.map(isCached));
      const data = Object.fromEntries(sets.map(({ name }, i) => [name, cached[i]!]));
      const freeGiB = Math.round((freemem() / 2 ** 30) * 10) / 10;
      const cuda = cudaStatus();
      const found = {
        versions: versions(),
        platform,
        processor,
        cores,
        memoryGiB,
        freeGiB,
        simd,
        cuda,
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
        ['CUDA', cuda.message],
        ['', `driver ${cuda.driver}; NVRTC ${cuda.nvrtc}; candle ${cuda.candle}`],
        ...cuda.install.map((line) => ['', `to install: ${line}`]),
        ...(cuda.nvrtc === 'not here' ? [['', `NVRTC was looked for in ${cuda.looked.join(', ')}`]] : []),
        ['data', sets.map(({ name }, i) => `${name} ${cached[i] ? 'here' : 'not fetched'}`).join(', ')],
        ['cache', found.cache],
      ]);
      for (const line of lines) writeLine(line);
    });
