/** The API reference tells, for every function of the spectrum, what goes in, what comes out, what it costs and what it refuses. */
import ts from 'typescript';
import { expect, test } from 'vitest';

const index = new URL('../src/spectrum/index.ts', import.meta.url).pathname;
const program = ts.createProgram([index], {
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  target: ts.ScriptTarget.ES2023,
  skipLibCheck: true,
  noEmit: true,
});
const checker = program.getTypeChecker();

interface Documented {
  name: string;
  summary: string;
  /** Parameters but the options, whose members are documented where they are declared. */
  parameters: string[];
  tag(tag: string, parameter?: string): string;
}

const functions: Documented[] = checker
  .getExportsOfModule(checker.getSymbolAtLocation(program.getSourceFile(index)!)!)
  .map((symbol) => (symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol))
  .flatMap((symbol) => {
    const declaration = symbol.valueDeclaration;
    const signature = declaration && checker.getTypeOfSymbolAtLocation(symbol, declaration).getCallSignatures()[0];
    if (!signature) return [];
    const tags = symbol.getJsDocTags(checker).map(({ name, text }) => [name, ts.displayPartsToString(text)] as const);
    return {
      name: symbol.name,
      summary: ts.displayPartsToString(symbol.getDocumentationComment(checker)),
      parameters: signature.parameters.map((parameter) => parameter.name).filter((name) => name !== 'options'),
      tag: (tag, parameter = '') =>
        tags.find(([name, text]) => name === tag && text.startsWith(parameter))?.[1].slice(parameter.length) ?? '',
    };
  });

test('there are functions to look at', () => {
  expect(functions.length).toBeGreaterThan(50);
});

test.each(functions.map((f) => [f.name, f] as const))('%s', (name, { summary, parameters, tag }) => {
  expect(summary, 'its cost').toMatch(/\bO\(.+\)/);
  expect(tag('throws'), 'what it refuses').not.toBe('');
  expect(tag('returns'), 'what it returns').not.toBe('');
  for (const parameter of parameters) expect(tag('param', parameter), `its parameter ${parameter}`).not.toBe('');
  const values = [tag('returns'), ...parameters.map((parameter) => tag('param', parameter))].join(' ');
  if (name !== 'harmonicDecay') expect(values, 'a shape, such as [n]').toMatch(/`\[[^\]]*\]`/);
  expect(`${summary} ${values}`, 'units or scaling').toMatch(/units?\b|scal|divided|decibels|cycles|as a network/);
});
