// Builds the documentation site: `npm run docs`, static, into dist/documentation; `-- --base /fprinciple/` for a site below a path,
// `--out <folder>` for another place. `--lean` makes the one that the package holds and `fprinciple docs` serves, dist/site.zip:
// without the gallery, whose figures are megabytes.
// What is made goes to docs/reference (API from the docstrings, command line, schemas, experiments) and docs/public (playground and
// gallery, where they were made), from which VitePress builds it with everything else under docs.
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { Command } from 'commander';
import { zipSync } from 'fflate';
import { commandLine, withInner } from '../src/cli/program.js';
import { experiments } from '../src/experiments/index.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const { values } = parseArgs({
  options: {
    base: { type: 'string', default: '/' },
    out: { type: 'string', default: join(root, 'dist/documentation') },
    lean: { type: 'boolean', default: false },
  },
});

function run(args: readonly string[], env: NodeJS.ProcessEnv = {}): void {
  const { status } = spawnSync(process.execPath, args, {
    cwd: root,
    stdio: ['ignore', 2, 2],
    env: { ...process.env, ...env },
  });
  if (status !== 0) process.exit(status ?? 1);
}

const reference = join(root, 'docs/reference');
rmSync(reference, { recursive: true, force: true });
mkdirSync(reference, { recursive: true });
run([join(root, 'node_modules/typedoc/bin/typedoc')]);
writePages();

const open = join(root, 'docs/public');
rmSync(open, { recursive: true, force: true });
mkdirSync(join(open, 'schema'), { recursive: true });
for (const file of readdirSync(join(root, 'schema')).filter((name) => name.endsWith('.json')))
  cpSync(join(root, 'schema', file), join(open, 'schema', file));
const playground = join(root, 'dist/playground.html');
const gallery = join(root, 'docs/gallery');
if (existsSync(playground)) cpSync(playground, join(open, 'playground.html'));
if (existsSync(gallery) && !values.lean) cpSync(gallery, join(open, 'gallery'), { recursive: true });

const out = values.lean ? mkdtempSync(join(tmpdir(), 'fprinciple-site-')) : resolve(values.out);
run([join(root, 'node_modules/vitepress/bin/vitepress.js'), 'build', 'docs'], {
  FPRINCIPLE_DOCS_BASE: values.base,
  FPRINCIPLE_DOCS_OUT: out,
});
if (values.lean) {
  const names = readdirSync(out, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const files = names.map((entry) => relative(out, join(entry.parentPath, entry.name)).replaceAll('\\', '/'));
  const archive = zipSync(Object.fromEntries(files.map((name) => [name, readFileSync(join(out, name))])), { level: 9 });
  writeFileSync(join(root, 'dist/site.zip'), archive);
  rmSync(out, { recursive: true });
  process.stderr.write(`dist/site.zip: ${(archive.length / 1e6).toFixed(1)} MB\n`);
} else process.stderr.write(`${join(out, 'index.html')}\n`);

/** The pages that are read off the package: its commands, its experiments, its schemas. */
function writePages(): void {
  const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('<', '&lt;').replaceAll('\n', ' ');
  const commands = withInner(commandLine()).map((command) => {
    command.configureHelp({ helpWidth: 100 });
    const names: string[] = [];
    for (let at: Command | null = command; at; at = at.parent) names.unshift(at.name());
    const title = names.length === 1 ? 'All of them' : names.join(' ');
    return `${names.length > 2 ? '###' : '##'} ${title}\n\n\`\`\`text\n${command.helpInformation()}\`\`\`\n`;
  });
  writeFileSync(join(reference, 'command-line.md'), `# Command line\n\n${commands.join('\n')}`);
  const rows = experiments.map(
    ({ id, title, source, seconds }) => `| \`${id}\` | ${cell(title)} | ${seconds.quick ?? ''} | ${cell(source)} |`,
  );
  writeFileSync(
    join(reference, 'experiments.md'),
    `# Experiments\n\n\`npx fprinciple run <id>\` runs one, \`npx fprinciple describe <id>\` says what it claims and every parameter of it. Seconds are an estimate for the quick preset on two cores.\n\n| id | title | s | source |\n| --- | --- | --- | --- |\n${rows.join('\n')}\n`,
  );
  const files = readdirSync(join(root, 'schema')).filter((name) => name.endsWith('.json'));
  const sections = files.map((file) => {
    const schema = JSON.parse(readFileSync(join(root, 'schema', file), 'utf8')) as {
      description?: string;
      title?: string;
    };
    return `## ${file}\n\n${schema.description ?? schema.title ?? ''}\n\n<a href="./../schema/${file}" target="_self">${file}</a>, in an installation \`node_modules/fprinciple/schema/${file}\`.\n`;
  });
  writeFileSync(
    join(reference, 'schemas.md'),
    `# Schemas\n\nJSON Schemas for what is plain data: editors complete and check by them. Name one in a file's \`$schema\`. Those of the experiments' parameters are \`node_modules/fprinciple/schema/experiments/<id>.json\`.\n\n${sections.join('\n')}`,
  );
}
