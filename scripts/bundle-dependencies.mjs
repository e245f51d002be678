// Puts libraries of which the package uses a part into the modules that import them, so that nobody installs the rest:
// dist/figures/vega.js holds Vega and Vega-Lite, and so on. What they ask to stand beside their code, their licences, is
// dist/LICENSES.txt, with that of the fonts. A step of `npm run build:ts`.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
const modules = [
  'core/fflate',
  'figures/vega',
  'nets/onnx/protobuf',
  'runs/esm',
  'sweeps/results/parquet-writer',
  'sweeps/tracking/prom-client',
];

const { metafile } = await build({
  absWorkingDir: root,
  entryPoints: modules.map((module) => `src/${module}.ts`),
  outbase: 'src',
  outdir: 'dist',
  bundle: true,
  minify: true,
  // Error messages name classes and functions.
  keepNames: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  // Vega draws on it where it is installed; figures here are SVG.
  external: ['canvas'],
  // Libraries of CommonJS require Node's own modules.
  banner: { js: "import { createRequire } from 'node:module';\nconst require = createRequire(import.meta.url);" },
  legalComments: 'none',
  metafile: true,
  logLevel: 'warning',
});

/** The folder of the package that a file belongs to. */
function packageOf(file) {
  for (let folder = dirname(file); folder !== '.'; folder = dirname(folder)) {
    // Folders within a package have manifests too, which say no more than the kind of their modules.
    const manifest = join(root, folder, 'package.json');
    if (existsSync(manifest) && JSON.parse(readFileSync(manifest, 'utf8')).version !== undefined) return folder;
  }
  throw new Error(`${file} belongs to no package`);
}

const folders = new Set(
  Object.keys(metafile.inputs)
    .filter((file) => file.includes('node_modules'))
    .map(packageOf),
);
const licences = [...folders].sort().map((folder) => {
  const { name, version, license } = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'));
  const file = readdirSync(join(root, folder)).find((entry) => /^licen[cs]e(\.(md|txt))?$/i.test(entry));
  const text =
    file === undefined ? 'The package holds no text of it.' : readFileSync(join(root, folder, file), 'utf8').trim();
  return `${name} ${version} (${license})\n\n${text}\n`;
});
const fonts = `DejaVu fonts\n\n${readFileSync(join(root, 'crates/drawing/fonts/LICENSE'), 'utf8').trim()}\n`;
const head = 'Parts of other packages stand in this one, under their own licences.\n';
writeFileSync(join(root, 'dist/LICENSES.txt'), [head, ...licences, fonts].join(`\n${'-'.repeat(72)}\n\n`));
