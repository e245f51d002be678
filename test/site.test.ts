/** `fprinciple docs`: an archive of pages, on this machine alone. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { zipSync } from 'fflate';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Site, startSite } from '../src/site/server.js';

let folder: string;
let site: Site;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fprinciple-site-'));
  const text = (words: string) => new TextEncoder().encode(words);
  const files = {
    'index.html': text('home'),
    'zh/index.html': text('首页'),
    'start.html': text('start'),
    'a/b.js': text('1'),
  };
  await writeFile(join(folder, 'site.zip'), zipSync({ ...files, '404.html': text('not here') }));
  site = await startSite(0, pathToFileURL(join(folder, 'site.zip')));
});
afterAll(async () => {
  await site?.close();
  await rm(folder, { recursive: true, force: true });
});

const get = async (path: string, init?: RequestInit) => {
  const answer = await fetch(site.url + path, init);
  return [answer.status, answer.headers.get('content-type')?.split(';')[0], await answer.text()];
};

it('answers with the pages of its archive, with and without their ending', async () => {
  expect(await get('')).toEqual([200, 'text/html', 'home']);
  expect(await get('zh/')).toEqual([200, 'text/html', '首页']);
  expect(await get('start')).toEqual([200, 'text/html', 'start']);
  expect(await get('a/b.js?v=1')).toEqual([200, 'text/javascript', '1']);
});

it('knows no file of the machine, takes nothing, and answers to its own name only', async () => {
  for (const path of ['none', '..%2fserver.ts', '../../etc/passwd', 'a/../site.zip'])
    expect(await get(path)).toEqual([404, 'text/html', 'not here']);
  expect((await get('', { method: 'POST', body: 'x' }))[0]).toBe(405);
  const named = await new Promise<number | undefined>((done) => {
    request(site.url, { headers: { host: 'elsewhere.example' } }, (answer) => {
      answer.resume();
      done(answer.statusCode);
    }).end();
  });
  expect(named).toBe(403);
});

it('says what makes it where it is not there', async () => {
  await expect(startSite(0, pathToFileURL(join(folder, 'none.zip')))).rejects.toThrow('npm run docs -- --lean');
});
