/** The groups in which the gallery shows experiments: their themes, and what belongs to none. */
import type { Experiment } from '../experiment/define.js';
import { themeOf, themes } from '../experiments/index.js';
import type { Theme } from '../experiments/theme.js';
import type { Words } from '../words/index.js';

export type Group = Pick<Theme, 'id' | 'title'>;

const others: Group = { id: 'others', title: 'Others' };

/** The systems of each theme, in the order given; themes without any are left out. */
export function byTheme<T extends { experiment: Experiment }>(systems: readonly T[]): { group: Group; systems: T[] }[] {
  return [...themes, others]
    .map((group) => ({ group, systems: systems.filter(({ experiment }) => groupOf(experiment) === group) }))
    .filter(({ systems }) => systems.length > 0);
}

export const groupOf = (experiment: Experiment): Group => themeOf(experiment) ?? others;

/** A group's title in a language; a theme that has none there keeps its own. */
export const titleOf = ({ id, title }: Group, { gallery }: Words): string =>
  Object.entries(gallery.theme).find(([name]) => name === id)?.[1] ?? title;
