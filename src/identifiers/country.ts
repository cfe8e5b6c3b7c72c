// Countries by code or name. The names are those of a package, so that they do not change with Node's own data.

import { createRequire } from 'node:module';
import countries, { type LocaleData } from 'i18n-iso-countries/index.js';

import { AMBIGUOUS, MORE_NAMES } from './country-names.ts';

const LANGUAGES = ['en', 'zh'];
const MAX_NAME = 100;

let known: ReadonlyMap<string, string> | undefined;

/**
 * The ISO 3166-1 alpha-2 code of a country: of its code of two or three letters or three digits, or of a name in English
 * or Chinese, whatever the case, width and punctuation. Several codes when the name means more than one country.
 */
export function findCountry(text: string): string | readonly string[] | undefined {
  known ??= collect();
  const name = normal(text);
  return known.get(name) ?? (Object.hasOwn(AMBIGUOUS, name) ? AMBIGUOUS[name] : undefined);
}

function collect(): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  const add = (code: string, names: string | readonly string[]): void => {
    for (const name of [names].flat()) {
      const key = normal(name);
      if (!Object.hasOwn(AMBIGUOUS, key) && !found.has(key)) found.set(key, code);
    }
  };
  // Codes go first: no name takes their place.
  for (const [alpha2, alpha3] of Object.entries(countries.getAlpha2Codes())) add(alpha2, [alpha2, alpha3]);
  for (const [numeric, alpha2] of Object.entries(countries.getNumericCodes())) add(alpha2, numeric);
  for (const language of LANGUAGES) {
    for (const [code, names] of Object.entries(readNames(language).countries)) add(code, names);
  }
  for (const [code, names] of Object.entries(MORE_NAMES)) add(code, names);
  return found;
}

function readNames(language: string): LocaleData {
  // The package has its names as JSON, which Node 20 does not import without a warning.
  return createRequire(import.meta.url)(`i18n-iso-countries/langs/${language}.json`) as LocaleData;
}

/** Letters and digits only, without accents: `Côte d’Ivoire` and `COTE D'IVOIRE` are one name. */
function normal(name: string): string {
  if (name.length > MAX_NAME) return '';
  return name
    .normalize('NFKD')
    .toLowerCase()
    .replaceAll('&', 'and')
    .replace(/^\s*(?:the\s+)?st\.?\s+/, 'saint ')
    .replace(/[^\p{L}\p{N}]/gu, '')
    .replace(/^the(?=.)/, '');
}
