/** Names of presets. */

/** The two presets every experiment has: real data in seconds, and the source's own settings. */
export type PresetName = 'quick' | 'paper';

/** Names of the presets, the default first. */
export const presetNames: readonly PresetName[] = ['quick', 'paper'];
