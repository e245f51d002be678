/** What reports, gallery and studio say stands in one file a language: nothing is left out there, nothing stands elsewhere. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { describeExpectation } from '../src/experiment/index.js';
import { experiments, themes } from '../src/experiments/index.js';
import { indexPage } from '../src/gallery/index-page.js';
import { systemPage } from '../src/gallery/system-page.js';
import { reportPage } from '../src/report/page.js';
import { lessons } from '../src/studio/lessons.js';
import { en, languages } from '../src/words/index.js';
import { root } from './support/cli.js';

type Said = string | ((...args: string[]) => string);

/** Every text of a language by its path; functions with marks in place of what is put in. */
function texts(words: object, path = ''): [string, Said][] {
  return Object.entries(words).flatMap(([key, value]): [string, Said][] => {
    const at = path === '' ? key : `${path}.${key}`;
    return typeof value === 'object' ? texts(value, at) : [[at, value]];
  });
}

describe.each(Object.keys(languages).filter((name) => name !== 'en') as (keyof typeof languages)[])('%s', (name) => {
  const [own, english] = [new Map(texts(languages[name])), new Map(texts(en))];

  it('says what English says, no more and no less', () => {
    expect([...own.keys()].sort()).toEqual([...english.keys()].sort());
  });

  it('is a translation: only names and code are the same', () => {
    const same = [...english].filter(([path, text]) => typeof text === 'string' && text === own.get(path));
    expect(same.map(([path]) => path)).toEqual([
      'studio.target.formulaHint',
      'studio.takeAway.names.typescript',
      'studio.takeAway.names.sweep',
      'studio.takeAway.names.pytorch',
    ]);
  });

  it('puts in what English puts in', () => {
    for (const [path, text] of english) {
      if (typeof text === 'string') continue;
      const there = own.get(path);
      if (typeof there !== 'function') throw new Error(`${path}: expected a function`);
      const marks = Array.from({ length: text.length }, (_, i) => `<${i}>`);
      const used = (said: string) => marks.filter((mark) => said.includes(mark));
      // Numbers are subtracted in some: what is left of a mark then is no mark in either.
      expect(used(there(...marks)), path).toEqual(expect.arrayContaining(used(text(...marks))));
    }
  });
});

describe('no words stand in the pages themselves', () => {
  const spoken = /[A-Za-z]{2,}/;
  /** Attributes that are read or heard. */
  const heard = new Set([
    'label',
    'title',
    'aria-label',
    'aria-description',
    'hint',
    'alt',
    'placeholder',
    'note',
    'x',
    'y',
  ]);
  const folder = (path: string, end: string) =>
    readdirSync(join(root, path))
      .filter((file) => file.endsWith(end))
      .map((file) => `${path}/${file}`);
  const parsed = (path: string) =>
    ts.createSourceFile(path, readFileSync(join(root, path), 'utf8'), ts.ScriptTarget.Latest, true, ts.ScriptKind.TSX);

  function walk(node: ts.Node, see: (node: ts.Node) => void): void {
    see(node);
    node.forEachChild((child) => walk(child, see));
  }

  it.each([...folder('src/studio/page', '.tsx'), ...folder('src/page', '.tsx'), ...folder('src/report/page', '.tsx')])(
    '%s',
    (path) => {
      const found: string[] = [];
      walk(parsed(path), (node) => {
        if (ts.isJsxText(node) && spoken.test(node.text)) found.push(node.text.trim());
        const text = ts.isJsxAttribute(node) && heard.has(node.name.getText()) ? node.initializer : undefined;
        if (text && ts.isStringLiteral(text) && spoken.test(text.text)) found.push(text.text);
      });
      expect(found.filter((text) => text !== 'fprinciple')).toEqual([]);
    },
  );

  it.each([...folder('src/report', '.ts'), ...folder('src/gallery', '.ts')])('%s', (path) => {
    const found: string[] = [];
    walk(parsed(path), (node) => {
      if (!ts.isTaggedTemplateExpression(node) || node.tag.getText() !== 'html') return;
      const parts = ts.isNoSubstitutionTemplateLiteral(node.template)
        ? [node.template.text]
        : [node.template.head.text, ...node.template.templateSpans.map(({ literal }) => literal.text)];
      // Commands are code; the rest of a tag's text is what is read.
      const text = parts.join('\u0000').replace(/<code[\s\S]*?<\/code>|<[^>]*>/g, ' ');
      found.push(...text.split('\u0000').filter((part) => spoken.test(part)));
    });
    expect(found.map((text) => text.trim()).filter((text) => text !== '· fprinciple')).toEqual([]);
  });
});

describe('pages in another language', () => {
  const system = { experiment: experiments[0]!, paper: [] };

  it('have its words around what an experiment says', () => {
    const page = systemPage(system, {}, languages.zh);
    expect(page).toContain('<html lang="zh-CN">');
    for (const text of [system.experiment.title, '重现这个实验', '论断与测量', '尚未运行'])
      expect(page).toContain(text);
    expect(indexPage([system], new Set(), languages.zh)).toContain('频率原则');
    expect(reportPage([], languages.zh)).toContain('0 条论断');
  });

  it('name every theme as the package does in English', () => {
    expect(Object.fromEntries(themes.map(({ id, title }) => [id, title]))).toEqual(
      Object.fromEntries(Object.entries(en.gallery.theme).filter(([id]) => id !== 'others')),
    );
    expect(lessons.map(({ id }) => id)).toEqual(Object.keys(en.lessons));
  });

  it('say an expectation as the command line does in English', () => {
    expect(describeExpectation({ relation: 'at most', value: 2 }, 'steps')).toBe('at most 2 steps');
    expect(describeExpectation({ relation: 'between', low: 1, high: 2 }, 's')).toBe('between 1 and 2 s');
  });
});
