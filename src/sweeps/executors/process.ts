/** How another process of this package is started, compiled or (in development) from its source. */
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';

const extension = extname(fileURLToPath(import.meta.url));

/** The arguments for node that run `file` (without extension, relative to `src/`), and node's own options before it. */
export function entryPoint(file: string): { path: string; options: string[] } {
  const path = fileURLToPath(new URL(`../../${file}${extension}`, import.meta.url));
  return { path, options: extension === '.ts' ? ['--import', import.meta.resolve('tsx')] : [] };
}
