/** `fprinciple studio`. */
import { spawn } from 'node:child_process';
import { Command, InvalidArgumentError, Option } from 'commander';
import { startStudio } from '../studio/index.js';
import type { Language } from '../words/index.js';
import { languageOption } from './language.js';
import { writeJson, writeLine } from './output.js';

interface Options {
  port?: number;
  folder: string;
  view?: string;
  untilLeft?: boolean;
  open: boolean;
  lang: Language;
  json?: boolean;
}

export const studioCommand = (): Command =>
  new Command('studio')
    .description('a page on which a network learns before your eyes: its fit, its spectrum, its kernel')
    .option('--port <n>', 'port on 127.0.0.1; default: 4242, or any that is free', readPort)
    .option('--folder <dir>', 'where the run folders and sweeps lie that the desk shows', '.')
    .addOption(languageOption('the page'))
    .option('--no-open', 'do not open a browser')
    .addOption(
      new Option('--view <name>', 'what the page opens with').choices(['runs', 'sweeps', 'experiments']).hideHelp(),
    )
    .addOption(new Option('--until-left', 'end when nobody looks any more').hideHelp())
    .option('--json', 'print the address as JSON')
    .action(async ({ port: at, folder, view, untilLeft, open, lang, json }: Options) => {
      const ended = new Promise<void>((done) => {
        for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => done());
        left = done;
      });
      const studio = await startStudio({
        folder,
        ...(at !== undefined && { port: at }),
        ...(untilLeft && { onLeft: { after: LEFT_MS, call: () => left() } }),
      });
      const query = `${view === undefined ? '' : `&view=${view}`}${lang === 'en' ? '' : `&lang=${lang}`}`;
      const url = studio.url + query;
      if (json) writeJson({ url, port: studio.port });
      // In one piece: whoever started it beside a run reads no more than that.
      else writeLine(`The studio is at ${url}\nWhoever has this address can use it. Ctrl-C ends it.`);
      if (open) openBrowser(url);
      await ended;
      await studio.close();
    });

/** How long a studio beside a run waits for somebody who looks. */
const LEFT_MS = 10 * 60_000;
let left: () => void = () => {};

/**
 * A studio in a process of its own, for a run or sweep that goes on here: neither waits for the other. Resolves when it has said
 * its address. It ends some minutes after the last page was closed.
 */
export function openStudioBeside(folder: string, view: 'runs' | 'sweeps'): Promise<void> {
  const [, program = ''] = process.argv;
  const args = [
    'studio',
    '--folder',
    folder,
    '--view',
    view,
    '--until-left',
    ...(process.stderr.isTTY ? [] : ['--no-open']),
  ];
  const child = spawn(process.execPath, [...process.execArgv, program, ...args], {
    detached: true,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  return new Promise((done) => {
    const ready = () => {
      child.stdout.destroy();
      child.unref();
      done();
    };
    child.once('error', ready);
    child.once('exit', ready);
    child.stdout.once('data', (said: Buffer) => {
      process.stderr.write(`${String(said).split('\n')[0]}\n`);
      ready();
    });
  });
}

export function readPort(text: string): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value <= 65_535) return value;
  throw new InvalidArgumentError('expected a port from 0 to 65535.');
}

/** By what the system opens addresses with; where there is nothing (a server), the printed address is enough. */
export function openBrowser(url: string): void {
  const [command, args] =
    process.platform === 'darwin'
      ? (['open', [url]] as const)
      : process.platform === 'win32'
        ? (['cmd', ['/c', 'start', '', url]] as const)
        : (['xdg-open', [url]] as const);
  const child = spawn(command, args, { stdio: 'ignore', detached: true });
  child.on('error', () => {});
  child.unref();
}
