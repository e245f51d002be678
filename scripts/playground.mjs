// Makes the playground: `node scripts/playground.mjs [out]`, one HTML file with the page, its worker and the engine as
// WebAssembly, which opens from disk. The engine: `crates/page` by the toolchain's wasm32 target, where there is one
// (rustup target add wasm32-unknown-unknown), else by Debian's rustc-web and rust-web-src.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { pageOptions } from './bundle-pages.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const target = 'wasm32-unknown-unknown';
/** The file opens in a moment from disk and from a slow server. */
const MOST_BYTES = 4e6;

/** Compiles the engine; returns its file. */
function compile() {
  const folder = process.env.FPRINCIPLE_WASM_TARGET ?? `${root}target/wasm`;
  const flags = '-C target-feature=+simd128';
  const common = ['build', '--release', '-p', 'page', '--target', target, '--target-dir', folder];
  const debian = {
    RUSTC: '/usr/bin/rustc',
    RUSTC_BOOTSTRAP: '1',
    RUSTFLAGS: `${flags} -C linker=/usr/bin/wasm-ld -C linker-flavor=wasm-ld`,
  };
  const own = spawnSync('rustc', ['--print', 'target-libdir', '--target', target], { encoding: 'utf8' });
  const ready = own.status === 0 && existsSync(own.stdout.trim());
  if (!ready && !existsSync('/usr/bin/wasm-ld')) {
    throw new Error(`the playground needs Rust's target ${target}: rustup target add ${target}`);
  }
  const [cargo, args, env] = ready
    ? ['cargo', common, { RUSTFLAGS: flags }]
    : ['/usr/bin/cargo', [...common, '-Zbuild-std=std,panic_abort'], debian];
  const { status } = spawnSync(cargo, args, { cwd: root, stdio: ['ignore', 2, 2], env: { ...process.env, ...env } });
  if (status !== 0) throw new Error('crates/page cannot be compiled');
  return `${folder}/${target}/release/page.wasm`;
}

/** What the package's modules import of Node, and what stands for it in a browser: nothing of it is called there. */
const nodeStub = {
  name: 'node',
  setup(bundle) {
    bundle.onResolve({ filter: /^node:/ }, ({ path }) => ({ path, namespace: 'node' }));
    bundle.onLoad({ filter: /.*/, namespace: 'node' }, () => ({ contents: stub, loader: 'js' }));
    // The one door to the engine.
    bundle.onResolve({ filter: /\/native\.js$/ }, ({ importer, resolveDir, path }) => {
      if (importer.includes('playground')) return undefined;
      const asked = resolve(resolveDir, path);
      return asked.endsWith('core/native.js') ? { path: `${root}src/studio/playground/native.ts` } : undefined;
    });
  },
};
const stub = `
class AsyncLocalStorage { getStore() {} run(store, call) { return call(); } }
const types = {
  isTypedArray: (v) => ArrayBuffer.isView(v) && !(v instanceof DataView),
  isBigInt64Array: (v) => v instanceof BigInt64Array,
  isBigUint64Array: (v) => v instanceof BigUint64Array,
  isFloat32Array: (v) => v instanceof Float32Array,
  isFloat64Array: (v) => v instanceof Float64Array,
  isSharedArrayBuffer: (v) => typeof SharedArrayBuffer === 'function' && v instanceof SharedArrayBuffer,
  isProxy: () => false,
};
const known = { AsyncLocalStorage, types, fileURLToPath: String, endianness: () => 'LE', inspect: String, createRequire: () => () => ({}) };
module.exports = new Proxy(known, { get: (all, name) => (name in all ? all[name] : name === '__esModule' ? undefined : () => { throw new Error(String(name) + ' is not there in a browser'); }) });
`;

export async function makePlayground(out) {
  const wasm = gzipSync(await readFile(compile()), { level: 9 });
  const worker = await build({
    ...pageOptions,
    entryPoints: { worker: 'src/studio/playground/worker.ts' },
    outdir: 'out',
    tsconfig: 'tsconfig.json',
    define: { 'import.meta.url': '"file:///playground"' },
    plugins: [nodeStub],
    write: false,
  });
  const page = await build({
    ...pageOptions,
    entryPoints: { page: 'src/studio/page/playground.tsx' },
    outdir: 'out',
    write: false,
  });
  const of = (files, end) => files.outputFiles.find(({ path }) => path.endsWith(end)).text;
  const inline = (text) => text.replaceAll('</', '<\\/');
  const html = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="content-security-policy" content="default-src 'none'; script-src 'unsafe-inline' 'wasm-unsafe-eval' blob:; worker-src blob:; style-src 'unsafe-inline'; img-src data: blob:; connect-src blob: data:">
<title>fprinciple playground</title>
<link rel="icon" href="data:,">
<style>${of(page, '.css')}</style>
</head>
<body>
<div id="page"></div>
<noscript>The playground needs JavaScript.</noscript>
<script type="application/octet-stream" id="module">${wasm.toString('base64')}</script>
<script type="application/json" id="worker">${inline(JSON.stringify(of(worker, '.js')))}</script>
<script>${inline(of(page, '.js'))}</script>
</body>
</html>
`;
  if (html.length > MOST_BYTES) throw new Error(`the playground has ${html.length} bytes, more than ${MOST_BYTES}`);
  await mkdir(dirname(out), { recursive: true });
  await writeFile(out, html);
  return html.length;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const out = resolve(process.argv[2] ?? `${root}dist/playground.html`);
  const size = await makePlayground(out);
  process.stderr.write(`${out}: ${(size / 1e6).toFixed(1)} MB\n`);
}
