/** Writes `schema/network.json`, the JSON Schema of a NetworkSpec that editors complete by; run at build time. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { networkJsonSchema } from './spec.js';

const folder = new URL('../../schema/', import.meta.url);
mkdirSync(folder, { recursive: true });
writeFileSync(new URL('network.json', folder), `${JSON.stringify(networkJsonSchema(), undefined, 2)}\n`);
