import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { joinAxes, parseAxis, parseZip } from '../src/cli/sweep-axes.js';
import { planSweep } from '../src/sweeps/folder/open.js';
import { combinations, countPoints } from '../src/sweeps/plan/combinations.js';
import { checkSweep } from '../src/sweeps/plan/describe.js';
import { fprinciple } from './support/cli.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fprinciple-axes-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('axes of the command line', () => {
  it('lists, objects and texts keep their commas and brackets, however deep', () => {
    const right: [string, unknown[]][] = [
      ['a=1e-3,.5,true,null,adam', [1e-3, 0.5, true, null, 'adam']],
      [
        'a=[[1,3,5],[1,5]],[[2,4]]',
        [
          [
            [1, 3, 5],
            [1, 5],
          ],
          [[2, 4]],
        ],
      ],
      [
        'a={"type":"sgd","schedule":{"type":"step","every":5,"factor":0.5}},{"type":"adam"}',
        [{ type: 'sgd', schedule: { type: 'step', every: 5, factor: 0.5 } }, { type: 'adam' }],
      ],
      ['a="x,y","a]b","say \\"hi, you\\""', ['x,y', 'a]b', 'say "hi, you"']],
      ['a=""', ['']],
      ['a= 1 , 2 ', [1, 2]],
      ['a=[ ],{ }', [[], {}]],
      ['a=1,2,1,1.0', [1, 2]],
      ['a=b=c', ['b=c']],
    ];
    for (const [text, values] of right) expect(parseAxis(text), text).toEqual({ a: values });
  });

  it('ranges: their values, in every place where values stand', () => {
    const right: [string, unknown[]][] = [
      ['0:5', [0, 1, 2, 3, 4]],
      ['0:10:2', [0, 2, 4, 6, 8]],
      ['10:0:-3', [10, 7, 4, 1]],
      ['0:1:0.25', [0, 0.25, 0.5, 0.75]],
      ['0:0.3:0.1', [0, 0.1, 0.2]],
      ['1..4', [1, 2, 3, 4]],
      ['-1..1', [-1, 0, 1]],
      ['1..5 linear 9', [1, 1.5, 2, 2.5, 3, 3.5, 4, 4.5, 5]],
      ['1e-4..1e-1 log 4', [1e-4, 1e-3, 1e-2, 1e-1]],
      ['1e-1..1e-3 log 3', [0.1, 0.01, 0.001]],
      ['1:3,7,0.5..1.5 linear 2,x', [1, 2, 7, 0.5, 1.5, 'x']],
      ['host:80,a..b,"1:3",1:', ['host:80', 'a..b', '1:3', '1:']],
    ];
    for (const [text, values] of right) expect(parseAxis(`a=${text}`), text).toEqual({ a: values });
    const seven = parseAxis('a=1e-4..1e-1 log 7').a as number[];
    expect(seven).toHaveLength(7);
    for (const [i, value] of seven.entries()) expect(value).toBeCloseTo(10 ** (-4 + i / 2), 10);
    expect(parseZip('a=0:3;b=1..4 linear 3')).toEqual({ a: [0, 1, 2], b: [1, 2.5, 4] });
    const { grid } = checkSweep({ grid: { width: '10:40:10', depth: [1], 'optimizer.learningRate': '1..2 linear 3' } });
    expect(grid).toEqual({ width: [10, 20, 30], depth: [1], 'optimizer.learningRate': [1, 1.5, 2] });
  });

  it('ranges that hold nothing, or too much, are refused by what was expected', () => {
    const wrong: [string, RegExp][] = [
      ['5:1', /--grid a: .*range that holds a value/],
      ['1:1', /holds a value/],
      ['1:3:0', /step that is not 0/],
      ['0:1e9', /at most 1000000/],
      ['0..2000000', /at most 1000000/],
      ['3..1', /smaller first/],
      ['1..2.5', /whole numbers/],
      ['1..3 cubic 4', /`linear` or `log`/],
      ['0..1 log 3', /ends above 0/],
      ['1..2 linear', /how many values/],
      ['1..2 log 1', /how many values/],
      ['1..2 linear 1e9', /how many values/],
    ];
    for (const [text, message] of wrong) expect(() => parseAxis(`a=${text}`), text).toThrow(message);
    expect(() => checkSweep({ grid: { width: 'banana' } })).toThrow(/grid\.width: .*0:10.*"banana"/);
    expect(() => checkSweep({ grid: { width: '5:1' } })).toThrow(/grid\.width: .*holds a value/);
    expect(() => checkSweep({ zip: [{ width: '1:3' }] })).not.toThrow();
  });

  it('what is missing is named', () => {
    const wrong: [string, RegExp][] = [
      ['a', /expected path=value/],
      ['=1', /expected path=value/],
      ['a=', /--grid a: .*there is none/],
      ['a=1,,2', /value 2 of 3 is empty/],
      ['a=1,', /value 2 of 2 is empty/],
      ['a=[1,2', /\] is missing/],
      ['a={"b":[1,2}', /"}" closes nothing/],
      ['a=1]', /"\]" closes nothing/],
      ['a="x', /" is missing/],
      ['a=[1,x]', /\[1,x\] is not JSON/],
    ];
    for (const [text, message] of wrong) expect(() => parseAxis(text), text).toThrow(message);
    expect(() => parseZip('a=1,2;a=3,4')).toThrow(/a is named twice/);
    expect(parseZip('a=[1],[1];b="x;y",z')).toEqual({ a: [[1], [1]], b: ['x;y', 'z'] });
  });

  it('one path named twice has its values together, each once; names of every object are names like others', () => {
    expect(joinAxes([parseAxis('width=4,8'), parseAxis('depth=1'), parseAxis('width=16,8')])).toEqual({
      width: [4, 8, 16],
      depth: [1],
    });
    const odd = joinAxes([parseAxis('constructor=1,2'), parseAxis('toString=3'), parseAxis('constructor=4')]);
    expect(Object.entries(odd)).toEqual([
      ['constructor', [1, 2, 4]],
      ['toString', [3]],
    ]);
  });

  it('reach the runs', async () => {
    const args = [
      'training',
      '--grid',
      'width=4,8',
      '--grid',
      'width=16',
      '--set',
      'steps=2',
      '--set',
      'data.points=4',
    ];
    const { code, stdout, stderr } = await fprinciple(['sweep', ...args, '--out', 'grown', '--json'], { cwd: folder });
    expect([code, stderr.match(/error.*/)]).toEqual([0, null]);
    expect(JSON.parse(stdout)).toMatchObject({ total: 3, done: 3 });
    const { sweep } = JSON.parse(await readFile(join(folder, 'grown/sweep.json'), 'utf8'));
    expect(sweep.grid).toEqual({ width: [4, 8, 16] });
  });
});

describe('a description', () => {
  it('with a name of every object is refused by that name, and changes nothing elsewhere', async () => {
    for (const name of [
      'constructor',
      'toString',
      'hasOwnProperty',
      '__proto__',
      '__proto__.x',
      'optimizer.constructor',
    ]) {
      const text = JSON.stringify({ grid: { [name]: [1, 2] } });
      await expect(planSweep(JSON.parse(text), undefined, folder), name).rejects.toMatchObject({
        code: 'INVALID_ARGUMENT',
        message: expect.stringContaining(name.split('.')[0] ?? ''),
      });
      const nested = name.split('.').reduceRight<unknown>((inner, key) => `{${JSON.stringify(key)}:${inner}}`, '1');
      const set = planSweep(JSON.parse(`{"parameters":${String(nested)}}`), undefined, folder);
      await expect(set, `parameters ${name}`).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    }
    expect(Object.prototype).not.toHaveProperty('x');
  });

  it('is an object in a file that can be read, or says what it is', async () => {
    const wrong: [string, RegExp][] = [
      ['null', /w\.json, the description of a sweep: expected an object, got null/],
      ['[{"grid":{}}]', /expected an object, got an array/],
      ['7', /expected an object, got 7/],
      ['"training"', /expected an object, got "training"/],
      ['', /w\.json is not JSON/],
      ['{"grid":', /w\.json is not JSON/],
      ['{"grid":[1]}', /grid/],
      ['{"grid":{"width":5}}', /grid\.width/],
      ['{"zip":{"width":[5]}}', /zip/],
      ['{"where":"width<5"}', /where/],
      ['{"parameters":[]}', /parameters/],
      ['{"experiment":5}', /experiment/],
      ['{"seeds":"0..99999999999999999999"}', /seeds/],
      ['{"seeds":"5..2"}', /seeds: expected first\.\.last/],
      ['{"seeds":[1.5]}', /seeds/],
      ['{"random":{"count":0,"parameters":{"width":{"integer":[1,2]}}}}', /random\.count/],
      ['{"random":{"count":3,"parameters":{"width":{"integer":[1,1e20]}}}}', /random\.parameters\.width/],
      ['{"random":{"cuont":3,"parameters":{}}}', /"random\.cuont": did you mean "count"\?/],
      ['{"where":[{"parameter":"width","iz":"=","value":3}]}', /"where\.0\.iz": did you mean "is"\?/],
      [
        '{"when":[{"if":{"parameter":"width","is":"=","value":3},"gird":{}}]}',
        /"when\.0\.gird": did you mean "grid"\?/,
      ],
      ['{"grid":{"width":[5]},"zip":[{"width":[6]}]}', /width has values in grid and in zip\.0/],
      [
        '{"grid":{"width":[5]},"random":{"count":2,"parameters":{"width":{"integer":[1,9]}}}}',
        /width has values in grid and in random/,
      ],
    ];
    for (const [text, message] of wrong) {
      await writeFile(join(folder, 'w.json'), text);
      const { code, stderr } = await describeFile();
      expect([code, stderr], text).toEqual([2, expect.stringMatching(message)]);
    }
  });

  it('is counted before anything is made', () => {
    const grid = Object.fromEntries(['a', 'b', 'c'].map((name) => [name, Array.from({ length: 1000 }, (_, i) => i)]));
    const sweep = checkSweep({ grid, random: { count: 1_000_000, parameters: { d: { uniform: [0, 1] } } } });
    expect(countPoints(sweep)).toBe(1e15);
    const points = combinations(sweep, () => null);
    expect(points.next().value).toMatchObject({ a: 0, b: 0, c: 0 });
    expect(points.next().value).toMatchObject({ a: 0, b: 0, c: 0 });
  });

  it('of too many runs is refused at once, with how many there would be', async () => {
    const random = { count: 1_000_000, parameters: { 'optimizer.learningRate': { logUniform: [1e-4, 1] } } };
    const width = Array.from({ length: 30 }, (_, i) => i + 1);
    const planned = (description: object) => planSweep(description, undefined, folder);
    await expect(planned({ grid: { width }, random })).rejects.toThrow(/30000000 runs .*at most 5000000/);
    const depth = width;
    const where = [{ parameter: 'width', is: '<', value: 0 }];
    await expect(planned({ grid: { width, depth }, random, where })).rejects.toThrow(
      /900000000 points before its conditions/,
    );
    await expect(planned({ grid: { width }, seeds: '0..999999' })).rejects.toThrow(/30000000 runs/);
  });

  it('draws from the widest ranges give numbers within them', () => {
    const parameters = {
      a: { uniform: [-1.7e308, 1.7e308] },
      b: { logUniform: [1e-300, 1e300] },
      c: { integer: [0, 2 ** 53 - 1] },
    };
    for (const point of combinations(checkSweep({ random: { count: 200, parameters } }), () => null)) {
      expect(Number.isFinite(point.a)).toBe(true);
      expect(point.b).toSatisfy((v: number) => v >= 1e-300 && v <= 1e300);
      expect(point.c).toSatisfy(Number.isSafeInteger);
    }
  });
});

/** Once in this process: a command takes a second. */
async function describeFile(): Promise<{ code: number; stderr: string }> {
  const { sweepCommand } = await import('../src/cli/sweep.js');
  try {
    await sweepCommand()
      .exitOverride()
      .parseAsync([join(folder, 'w.json'), '--dry-run', '--json'], { from: 'user' });
    return { code: 0, stderr: '' };
  } catch (error) {
    const { code, message } = error as { code: string; message: string };
    return { code: code === 'INVALID_ARGUMENT' ? 2 : 1, stderr: message };
  }
}
