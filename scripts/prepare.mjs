// Installs and builds what is missing or stale, and says so; quick when nothing changed.
// Run by itself, by `npm start`, by `npm test` and before `npm pack`. Needs nothing but Node.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Milliseconds of the newest file under the paths, of those whose name and folder `wanted` accepts; 0 where there is none. */
function newest(paths, wanted = () => true) {
  let time = 0;
  for (const path of paths) {
    const full = join(root, path);
    if (!existsSync(full)) continue;
    if (!statSync(full).isDirectory()) time = Math.max(time, statSync(full).mtimeMs);
    else {
      for (const entry of readdirSync(full, { recursive: true, withFileTypes: true })) {
        if (entry.isFile() && wanted(entry.name, entry.parentPath))
          time = Math.max(time, statSync(join(entry.parentPath, entry.name)).mtimeMs);
      }
    }
  }
  return time;
}

export function say(line) {
  process.stderr.write(`${line}\n`);
}

function stop(message) {
  say(`\n${message}`);
  process.exit(1);
}

/** Runs a command in the repository; ends this process with its status when it fails. */
function run(command, args, what) {
  const { status, error } = spawnSync(command, args, {
    cwd: root,
    stdio: ['inherit', 2, 2],
    shell: process.platform === 'win32',
  });
  if (error) stop(`${what}: ${command} cannot be started (${error.message})`);
  if (status !== 0) stop(`${what} failed (${command} ${args.join(' ')})`);
}

/** Refuses a toolchain that is missing or too old, with what to do. */
function checkRust() {
  const asked = spawnSync('cargo', ['--version'], { encoding: 'utf8', shell: process.platform === 'win32' });
  const wanted = /rust-version = "([\d.]+)"/.exec(readFileSync(join(root, 'Cargo.toml'), 'utf8'))[1];
  if (asked.error || asked.status !== 0) {
    stop(
      `The engine is written in Rust, and there is no cargo on the PATH.\n` +
        `Install Rust ${wanted} or newer (https://rustup.rs), open a new terminal, and run this again.`,
    );
  }
  const found = /cargo (\d+)\.(\d+)/.exec(asked.stdout);
  const [major, minor] = wanted.split('.').map(Number);
  if (found && (Number(found[1]) < major || (Number(found[1]) === major && Number(found[2]) < minor))) {
    stop(`The engine needs Rust ${wanted} or newer, this is ${asked.stdout.trim()}. Update it with: rustup update`);
  }
}

export function prepare() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major < 20 || (major === 20 && minor < 19))
    stop(`Node 20.19 or newer is needed, this is ${process.versions.node}.`);
  const started = Date.now();
  let worked = false;
  const step = (line) => {
    worked = true;
    say(line);
  };
  if (newest(['package-lock.json']) > newest(['node_modules/.package-lock.json'])) {
    step('Installing npm packages (about half a minute) ...');
    // Not `npm ci`: it refuses a lock file from a registry that lacks other platforms' optional packages.
    run('npm', ['install', '--no-audit', '--no-fund', '--loglevel=error'], 'Installing npm packages');
  }
  const bindings = newest(['bindings'], (name, folder) => name.endsWith('.node') && !folder.endsWith('cuda'));
  const isRust = (name) => name.endsWith('.rs') || name === 'Cargo.toml';
  if (Math.max(newest(['crates'], isRust), newest(['Cargo.toml', 'Cargo.lock'])) > bindings) {
    checkRust();
    step(
      bindings === 0
        ? 'Building the engine (some minutes the first time) ...'
        : 'Building the engine anew: its source has changed ...',
    );
    run('npm', ['run', '--silent', 'build:addon'], 'Building the engine');
  }
  if (
    Math.max(
      newest(['src'], (name) => /\.(tsx?|css)$/.test(name)),
      newest(['tsconfig.json', 'tsconfig.build.json']),
    ) > newest(['dist/.built'])
  ) {
    step('Compiling TypeScript ...');
    run('npm', ['run', '--silent', 'build:ts'], 'Compiling TypeScript');
  }
  if (worked) say(`Ready after ${Math.round((Date.now() - started) / 1000)} s.\n`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) prepare();
