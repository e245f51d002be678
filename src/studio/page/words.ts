/** The page's language: that of its address (`?lang=zh`), until another is chosen. */
import { computed, signal } from '@preact/signals';
import { isLanguage, type Language, languages } from '../../words/index.js';

const asked = new URLSearchParams(location.search).get('lang') ?? '';

export const language = signal<Language>(isLanguage(asked) ? asked : 'en');

/** Everything that the page says of itself. */
export const words = computed(() => languages[language.value]);
