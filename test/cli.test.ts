import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { atWork, progressDisplay } from '../src/cli/progress.js';
import { experiments } from '../src/index.js';
import { fprinciple, root } from './support/cli.js';

let folder: string;
const mine = join(root, 'test/support/experiment.ts');
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fprinciple-cli-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const json = (text: string) => JSON.parse(text);
const run = (...args: string[]) => fprinciple(args, { cwd: folder });

describe('the command line', () => {
  it('lists and describes', async () => {
    const list = await run('list');
    expect(list.code).toBe(0);
    for (const { id, title } of experiments)
      expect(list.stdout).toMatch(new RegExp(`^${id} .*${title.slice(0, 10)}`, 'm'));
    expect(json((await run('list', '--json')).stdout).map((e: { id: string }) => e.id)).toEqual(
      experiments.map((e) => e.id),
    );
    const one = await run('describe', 'sine-mixture');
    expect(one.stdout).toMatch(/learningRate +number above 0 +0\.001 +0\.0002/);
    const described = json((await run('describe', 'sine-mixture', '--json')).stdout);
    expect(described.parameters.properties.steps.description).toBe('training steps');
    expect(described.presets.paper.hidden).toEqual([200, 200, 200, 100]);
  });

  it('runs a file of the user and writes its folder; a failed claim is exit code 3', async () => {
    const { code, stdout, stderr } = await run(
      'run',
      mine,
      '--set',
      'records=7',
      '--seed',
      '2',
      '--out',
      'here',
      '--json',
    );
    expect(code).toBe(3);
    const { runs, held, failed } = json(stdout);
    expect([runs.length, held + failed]).toEqual([1, 2]);
    expect(runs[0]).toMatchObject({ id: 'filling', seed: 2, parameters: { records: 7 } });
    expect(json(await readFile(join(runs[0].folder, 'result.json'), 'utf8')).seed).toBe(2);
    expect(stderr).toContain('step 0 of 7');
    const folders = await readdir(join(folder, 'here'));
    const report = await run('report', join('here', folders[0]!), '--json');
    expect(json(report.stdout)).toMatchObject({ runs: ['filling'], failed: 1 });
    expect(await readFile(join(folder, 'report.html'), 'utf8')).toContain('<!doctype html>');
  });

  it('runs several, a line each, and goes on after one that throws', async () => {
    const file = join(root, 'test/support/several.ts');
    const { code, stdout, stderr } = await run('run', file, '--out', 'several');
    expect(code).toBe(1);
    expect(stdout.split('\n').slice(0, 5)).toEqual([
      expect.stringMatching(/^a-fails +1 of 2 FAILED +\d+\.\d s$/),
      '  FAILED  wrong: Two is at most one.',
      '          expected at most 1; measured 2',
      'b-throws  DID NOT FINISH',
      expect.stringMatching(/^c-holds +1 claim held +\d+\.\d s$/),
    ]);
    expect(stdout).toContain('\n2 claims held, 1 failed\ndid not finish: b-throws\n');
    expect(stderr).toContain('b-throws: error: something odd');
    expect(await readFile(join(folder, 'several/report.html'), 'utf8')).toContain('2 experiments, 3 claims: 2 held');
    const { runs, failures } = json((await run('run', file, '--out', 'several', '--json')).stdout);
    expect(runs.map((r: { id: string }) => r.id)).toEqual(['a-fails', 'c-holds']);
    expect(failures).toEqual([{ id: 'b-throws', code: 'INTERNAL', message: 'something odd' }]);
    const all = await run('run', '--all', '--set', 'nonsense=1');
    expect(all).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('unknown parameter "nonsense"') });
  });

  it('ends quietly when its reader does', async () => {
    const { code, stderr } = await fprinciple(['describe', 'sine-mixture'], { closed: true });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  });

  it('takes parameters from a config file, --set over them', async () => {
    await writeFile(join(folder, 'c.json'), '{ "$schema": "x.json", "records": 3, "note": "from the file" }');
    const { stdout } = await run('run', mine, '--config', 'c.json', '--set', 'records=5', '--json');
    expect(json(stdout).runs[0].parameters).toMatchObject({ records: 5, note: 'from the file' });
  });

  it('refuses what is misspelt or missing, with what was meant', async () => {
    for (const [args, code, message] of [
      [['run', mine, '--set', 'recrods=4'], 2, 'did you mean "records"'],
      [['run', mine, '--set', 'records'], 2, 'expected path=value'],
      [['run', 'sine-mixtrue'], 2, 'did you mean "sine-mixture"'],
      [['run'], 2, 'expected an id'],
      [['run', mine, '--preset', 'quik'], 2, 'expected quick or paper'],
      [['run', mine, '--seed', '-1'], 2, 'expected an integer'],
      [['run', './none.ts'], 4, 'no such file'],
      [['run', join(root, 'test/claims.test.ts')], 2, 'cannot be loaded'],
      [['run', mine, '--config', 'none.json'], 4, 'cannot be read'],
      [['report', 'nowhere'], 4, 'not a whole run folder'],
      [['data', 'fetch', 'mnits'], 2, 'expected one of'],
      [['runn'], 2, 'Did you mean run'],
    ] as const) {
      const ended = await run(...args);
      expect(ended.stderr).toContain(message);
      expect(ended.code).toBe(code);
      expect(ended.stderr).not.toMatch(/^\s+at /m);
    }
    const asked = await run('run', 'sine-mixtrue', '--json');
    expect(json(asked.stdout).error.code).toBe('INVALID_ARGUMENT');
  }, 120_000);

  it('says what the machine has', async () => {
    const found = json((await run('doctor', '--json')).stdout);
    expect(found.cores).toBeGreaterThan(0);
    expect(found.simd.available).toContain(found.simd.path);
    expect(typeof found.cuda.available).toBe('boolean');
    expect(found.cuda.message.length).toBeGreaterThan(20);
    const sets = json((await run('data', 'list', '--json')).stdout);
    expect(sets.map((s: { name: string }) => s.name)).toContain('mnist');
  });

  it.skipIf(process.platform === 'win32')(
    'stopped by Ctrl-C it ends with 130 and leaves nothing half written',
    async () => {
      const out = join(folder, 'stopped');
      let sent = false;
      const { code, stderr } = await fprinciple(['run', mine, '--set', 'pause=2000', '--out', out], {
        cwd: folder,
        during: (child, text) => {
          if (sent || !text.includes('step 0')) return;
          sent = true;
          child.kill('SIGINT');
        },
      });
      expect(code).toBe(130);
      expect(stderr).toContain('stopped');
      expect(await readdir(out)).toEqual([]);
    },
  );
});

describe('the progress display', () => {
  const record = (isTTY: boolean) => {
    const lines: string[] = [];
    let time = 0;
    const display = progressDisplay('id', { isTTY, columns: 100, write: (text) => lines.push(text) > 0 }, () => time);
    return { lines, display, wait: (ms: number) => (time += ms) };
  };

  it('on a terminal: a bar with step, loss and remaining time', () => {
    const { lines, display, wait } = record(true);
    display.update({ phase: 'training', step: 0, steps: 1000 });
    wait(2000);
    display.update({ phase: 'training', step: 500, steps: 1000, loss: 0.0123 });
    expect(lines[1]).toContain('███████████');
    expect(lines[1]).toContain('step 500 of 1,000  loss 0.0123  2 s left  training');
    display.clear();
    expect(lines[2]).toBe('\r\x1b[2K');
  });

  it('work that says nothing is shown to go on from two seconds on, and no shorter work', async () => {
    vi.useFakeTimers();
    const write = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    try {
      const lasting = (ms: number) => atWork('report', () => new Promise<number>((done) => setTimeout(done, ms, ms)));
      for (const ms of [1500, 3500]) {
        write.mockClear();
        const work = lasting(ms);
        await vi.advanceTimersByTimeAsync(ms);
        expect(await work).toBe(ms);
        expect(write.mock.calls.join('').includes('report  at work')).toBe(ms > 2000);
      }
    } finally {
      write.mockRestore();
      vi.useRealTimers();
    }
  });

  it('elsewhere: plain lines, not too many', () => {
    const { lines, display, wait } = record(false);
    for (let step = 0; step <= 1000; step++) {
      display.update({ phase: 'training', step, steps: 1000 });
      wait(20);
    }
    expect(lines.length).toBeGreaterThan(2);
    expect(lines.length).toBeLessThan(8);
    expect(lines.join('')).not.toContain('\x1b');
  });
});
