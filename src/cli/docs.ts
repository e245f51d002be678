/** `fprinciple docs`. */
import { Command } from 'commander';
import { startSite } from '../site/server.js';
import type { Language } from '../words/index.js';
import { languageOption } from './language.js';
import { writeJson, writeLine } from './output.js';
import { openBrowser, readPort } from './studio.js';

interface Options {
  port?: number;
  lang: Language;
  open: boolean;
  json?: boolean;
}

export const docsCommand = (): Command =>
  new Command('docs')
    .description('the documentation, searchable, without a network: guides, explanations, reference')
    .option('--port <n>', 'port on 127.0.0.1; default: 4244, or any that is free', readPort)
    .addOption(languageOption('the first page'))
    .option('--no-open', 'do not open a browser')
    .option('--json', 'print the address as JSON')
    .action(async ({ port, lang, open, json }: Options) => {
      const ended = new Promise<void>((done) => {
        for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => done());
      });
      const site = await startSite(port);
      const url = lang === 'en' ? site.url : `${site.url}${lang}/`;
      if (json) writeJson({ url, port: site.port });
      else writeLine(`The documentation is at ${url}\nCtrl-C ends it.`);
      if (open) openBrowser(url);
      await ended;
      await site.close();
    });
