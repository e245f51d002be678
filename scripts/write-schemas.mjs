// Writes the JSON Schemas that editors complete by, from the compiled package: schema/experiments/<id>.json,
// schema/network.json, schema/training.json and schema/sweep.json; and dist/sources.json, by which runs tell the code that
// they were computed by. The last step of `npm run build:ts`; dist/.built tells `prepare` when that was.
import { mkdir, rm, writeFile } from 'node:fs/promises';
import {
  experiments,
  networkJsonSchema,
  parametersSchema,
  sweepJsonSchema,
  trainingJsonSchema,
} from '../dist/index.js';
import { writeSources } from '../dist/runs/code.js';

const folder = new URL('../schema/', import.meta.url);
await rm(folder, { recursive: true, force: true });
await mkdir(new URL('experiments/', folder), { recursive: true });
const write = (name, schema) => writeFile(new URL(name, folder), `${JSON.stringify(schema)}\n`);
for (const { id, title, parameters } of experiments) {
  const { properties, ...schema } = parametersSchema(parameters);
  const named = { $schema: { type: 'string', description: 'this file, for editors' }, ...properties };
  await write(`experiments/${id}.json`, {
    title: `Parameters of ${id}: ${title}`,
    ...schema,
    properties: named,
    additionalProperties: false,
  });
}
await write('network.json', networkJsonSchema());
await write('training.json', trainingJsonSchema());
await write('sweep.json', sweepJsonSchema());
writeSources(new URL('../src/', import.meta.url), new URL('../dist/', import.meta.url));
await writeFile(new URL('../dist/.built', import.meta.url), '');
