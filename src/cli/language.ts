/** `--lang`: the language of the words around an experiment's own. */
import { InvalidArgumentError, Option } from 'commander';
import { isLanguage, type Language, languageNames } from '../words/index.js';

/** The option, for a command whose pages have words in several languages. */
export const languageOption = (what: string): Option =>
  new Option('--lang <name>', `language of ${what}: ${languageNames.join(', ')}`).argParser(readLanguage).default('en');

function readLanguage(name: string): Language {
  if (isLanguage(name)) return name;
  throw new InvalidArgumentError(`expected one of ${languageNames.join(', ')}.`);
}
