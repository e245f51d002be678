/** Colours of the moving figures, which are those of the package's figures: Okabe and Ito's palette. */
import { signal } from '@preact/signals';

const dark = matchMedia('(prefers-color-scheme: dark)');
/** Reports are light, whatever the system prefers: their figures are. */
const follows = getComputedStyle(document.documentElement).colorScheme.includes('dark');

export const isDark = signal(follows && dark.matches);
dark.addEventListener('change', () => {
  isDark.value = follows && dark.matches;
});

export const ink = () => (isDark.value ? '#f2f2f2' : '#1a1a1a');
export const soft = () => (isDark.value ? '#b9b9b9' : '#555555');
export const grid = () => (isDark.value ? '#3a3a3a' : '#e6e6e6');

/** Lines by frequency: as many as can be told apart. */
const light = ['#0072B2', '#D55E00', '#009E73', '#CC79A7', '#9a6a00'];
const bright = ['#56B4E9', '#ff8c42', '#2fd6a3', '#e6a5cb', '#E69F00'];
export const lineColor = (index: number): string => (isDark.value ? bright : light)[index % light.length]!;

/** Cividis (Nunez, Anderton and Renslow 2018) at nine places: colour-blind safe, and its lightness rises evenly. */
const CIVIDIS = ['#00224e', '#123570', '#3b496c', '#575d6d', '#707173', '#8a8678', '#a59c74', '#c3b369', '#fee838'];

/** `[r, g, b]` for a value from 0 to 1. */
export function cividis(value: number): [number, number, number] {
  const place = Math.min(1, Math.max(0, value)) * (CIVIDIS.length - 1);
  const left = Math.min(CIVIDIS.length - 2, Math.floor(place));
  const channel = (color: string, c: number) => Number.parseInt(color.slice(1 + 2 * c, 3 + 2 * c), 16);
  const mixed = (c: number) => {
    const [from, to] = [channel(CIVIDIS[left]!, c), channel(CIVIDIS[left + 1]!, c)];
    return Math.round(from + (place - left) * (to - from));
  };
  return [mixed(0), mixed(1), mixed(2)];
}
