/** What holds for every experiment of the package, read without running it; `expectHonest` looks at what runs give. */
import { describe, expect, it } from 'vitest';
import { bibliography, citedIn } from '../src/bibliography.js';
import { experiments } from '../src/index.js';
import { unconverted } from './support/honest.js';

it('an experiment that saves no data, or cites no source in full, is on the list of those to be converted', () => {
  const old = experiments.filter(({ present, source }) => present === undefined || citedIn(source).rest.length > 0);
  expect(old.map(({ id }) => id).filter((id) => !unconverted.includes(id))).toEqual([]);
});

describe('the bibliography', () => {
  it('finds each source: by an id, an address, or what it is where it was not published', () => {
    for (const [key, source] of Object.entries(bibliography)) {
      if (source.title === '') continue;
      expect('arxiv' in source || 'doi' in source || 'url' in source || 'venue' in source, key).toBe(true);
      if ('arxiv' in source) expect(source.arxiv, key).toMatch(/^\d{4}\.\d{4,5}$/);
      if ('doi' in source) expect(source.doi, key).toMatch(/^10\.\d{4,}\//);
      // A semicolon joins citations.
      expect(`${source.authors}${source.title}`, key).not.toContain(';');
    }
  });
});
