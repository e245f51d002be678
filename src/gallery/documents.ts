/** The source documents, by which the gallery is ordered. */
import type { Experiment } from '../experiment/define.js';

export interface SourceDocument {
  /** Its number in the sources of the experiments; empty for those that name none. */
  number: string;
  title: string;
}

const documents: readonly SourceDocument[] = [
  { number: '000', title: 'Fourier analysis of neural networks' },
  { number: '001', title: 'The frequency principle: slides' },
  { number: '002', title: 'The frequency principle: the book, chapter 1' },
  { number: '003', title: 'Fourier features and the neural tangent kernel' },
  { number: '004', title: 'Spectral bias and low-rank bias' },
];
const others: SourceDocument = { number: '', title: 'Others' };

/** The experiments of each document, in the order given; an experiment belongs to the first document its source names. */
export function byDocument<T extends { experiment: Experiment }>(
  systems: readonly T[],
): { document: SourceDocument; systems: T[] }[] {
  return [...documents, others]
    .map((document) => ({
      document,
      systems: systems.filter(({ experiment }) => documentOf(experiment) === document),
    }))
    .filter((group) => group.systems.length > 0);
}

export function documentOf({ source }: Experiment): SourceDocument {
  const number = /\b00[0-4]\b/.exec(source)?.[0];
  return documents.find((document) => document.number === number) ?? others;
}
