/** What holds for every experiment of the package, read without running it; `expectHonest` looks at what runs give. */
import { describe, expect, it } from 'vitest';
import { bibliography, citedIn } from '../src/bibliography.js';
import { experiments } from '../src/index.js';

it('every experiment saves its data and cites its sources in full', () => {
  for (const { id, present, source } of experiments) {
    expect(present, id).toBeDefined();
    expect(citedIn(source).rest, id).toEqual([]);
  }
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
