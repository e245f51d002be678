import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';

// A seed made by arithmetic meets another one's: network 1 of seed 0 is network 0 of seed 1. Experiments name streams.

const arithmetic = new Set([
  ts.SyntaxKind.PlusToken,
  ts.SyntaxKind.MinusToken,
  ts.SyntaxKind.AsteriskToken,
  ts.SyntaxKind.AsteriskAsteriskToken,
  ts.SyntaxKind.SlashToken,
  ts.SyntaxKind.PercentToken,
  ts.SyntaxKind.AmpersandToken,
  ts.SyntaxKind.BarToken,
  ts.SyntaxKind.CaretToken,
  ts.SyntaxKind.LessThanLessThanToken,
  ts.SyntaxKind.GreaterThanGreaterThanToken,
  ts.SyntaxKind.GreaterThanGreaterThanGreaterThanToken,
  ts.SyntaxKind.PlusEqualsToken,
  ts.SyntaxKind.MinusEqualsToken,
  ts.SyntaxKind.AsteriskEqualsToken,
  ts.SyntaxKind.CaretEqualsToken,
]);

const isSeedName = (name: string): boolean => /^seed$|Seed$/.test(name);
const nameOf = (node: ts.Node): string =>
  ts.isPropertyAccessExpression(node) ? node.name.text : ts.isIdentifier(node) ? node.text : '';
const isSeeds = (node: ts.Node): boolean =>
  ts.isCallExpression(node) && ['seeds', 'deriveSeeds'].includes(nameOf(node.expression));

/** Whether an operand is a seed, or one of a list of them: arguments of calls and other functions are left out. */
function holdsSeed(node: ts.Node): boolean {
  if (isSeedName(nameOf(node))) return true;
  if (ts.isElementAccessExpression(node)) return holdsSeed(node.expression);
  if (isSeeds(node)) return true;
  if (ts.isCallExpression(node) || ts.isFunctionLike(node) || ts.isPropertyAccessExpression(node)) return false;
  return ts.forEachChild(node, holdsSeed) ?? false;
}

/** Places of a program where a seed is calculated, or goes on under a name that hides what it is. */
function offences(text: string): string[] {
  const file = ts.createSourceFile('experiment.ts', text, ts.ScriptTarget.Latest, true);
  const found: string[] = [];
  const refuse = (node: ts.Node): void => {
    found.push(`line ${file.getLineAndCharacterOfPosition(node.getStart()).line + 1}: ${node.getText()}`);
  };
  const isHidden = (name: ts.BindingName): boolean => ts.isIdentifier(name) && !/^_|[sS]eed/.test(name.text);
  const visit = (node: ts.Node): void => {
    if (ts.isBinaryExpression(node) && arithmetic.has(node.operatorToken.kind)) {
      if (holdsSeed(node.left) || holdsSeed(node.right)) refuse(node);
    }
    if ((ts.isPrefixUnaryExpression(node) || ts.isPostfixUnaryExpression(node)) && holdsSeed(node.operand)) {
      if (node.operator !== ts.SyntaxKind.ExclamationToken) refuse(node);
    }
    if (ts.isVariableDeclaration(node) && node.initializer && isHidden(node.name)) {
      const value = ts.isNonNullExpression(node.initializer) ? node.initializer.expression : node.initializer;
      const one = ts.isElementAccessExpression(value) && isSeeds(value.expression);
      if (isSeedName(nameOf(value)) || one) refuse(node);
    }
    if (ts.isForOfStatement(node) && isSeeds(node.expression) && ts.isVariableDeclarationList(node.initializer)) {
      if (node.initializer.declarations.some(({ name }) => isHidden(name))) refuse(node.initializer);
    }
    if (
      ts.isCallExpression(node) &&
      ts.isPropertyAccessExpression(node.expression) &&
      isSeeds(node.expression.expression)
    ) {
      const [callback] = node.arguments;
      if (callback && ts.isArrowFunction(callback) && callback.parameters[0] && isHidden(callback.parameters[0].name)) {
        refuse(callback.parameters[0]);
      }
    }
    if (nameOf(node) === 'random' && ts.isPropertyAccessExpression(node) && nameOf(node.expression) === 'Math') {
      refuse(node);
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

const experiments = fileURLToPath(new URL('../src/experiments/', import.meta.url));
const own = readFileSync(fileURLToPath(new URL('../docs/own-experiment.md', import.meta.url)), 'utf8');

describe('seeds are not calculated with', () => {
  it.each(
    readdirSync(experiments, { recursive: true })
      .map(String)
      .filter((file) => file.endsWith('.ts')),
  )('%s', (file) => {
    expect(offences(readFileSync(join(experiments, file), 'utf8'))).toEqual([]);
  });

  it('the examples of the documentation', () => {
    const blocks = [...own.matchAll(/```ts(?: fragment)?\n([\s\S]*?)```/g)].map(([, code]) => code!);
    expect(blocks.length).toBeGreaterThan(1);
    expect(blocks.flatMap(offences)).toEqual([]);
  });

  it('finds the ways in which it was done', () => {
    const done = [
      'gaussianNoise(n, { seed: seed + 7919, std: p.noise })',
      'gaussianNoise(n, { seed: seed * 1000 + m })',
      'createModel(spec, { seed: context.seed + i })',
      'rotation(n, seeds(1)[0]! + 1000 * stream)',
      'const noise = (c: number, k: number) => gaussianNoise(c, { seed: (seed * 997 + c) * 31 + k });',
      'for (let draw = o.seed; done < steps; draw += 2) view(draw);',
      'for (const of of seeds(3)) train(of);',
      'seeds(3).map((s) => gaussianNoise(n, { seed: s + 1 }));',
      'const first = seeds(1)[0]!;',
      'seed++;',
      'seed ^= 1;',
      'createModel(spec, { seed: Math.floor(1e9 * Math.random()) })',
    ];
    for (const line of done) expect(offences(line), line).not.toEqual([]);
    const right = [
      'seeds(p.seeds).map((_, s) => runs[s * p.seeds]);',
      'for (const [i, seed] of seeds(3).entries()) log(i + 1, seed);',
      'const seed = seeds(3)[0]!;',
      'seeds(3).flatMap((seed) => [1, 2].map((k) => ({ seed, k: k + 1 })));',
      'errors[c * p.seeds]! + correlation(seed) + 1;',
      "gaussianNoise(n, random('shake', draw + 1));",
    ];
    for (const line of right) expect(offences(line), line).toEqual([]);
  });
});
