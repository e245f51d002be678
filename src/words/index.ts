/** The words of what people look at: one file a language. */
import { en, type Words } from './en.js';
import { zh } from './zh.js';

export { en, type Words } from './en.js';

/** By the name that `--lang` takes. */
export const languages = { en, zh } as const satisfies Record<string, Words>;
export type Language = keyof typeof languages;
export const languageNames = ['en', 'zh'] as const satisfies readonly Language[];

/** Whether a text names a language. */
export const isLanguage = (text: string): text is Language => text in languages;
