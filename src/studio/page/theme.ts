/** Colours of the studio's own: networks A and B, samples. */
import { isDark } from '../../page/theme.js';
import type { SideName } from '../state.js';

/** Network A and B, told apart by dashes too; lighter on black. */
export const colorOf = (side: SideName): string =>
  side === 'a' ? (isDark.value ? '#ff8c42' : '#D55E00') : isDark.value ? '#56B4E9' : '#0072B2';
export const dashOf = (side: SideName): number[] => (side === 'a' ? [] : [7, 4]);

export const sampleColor = () => (isDark.value ? '#8f8f8f' : '#767676');
