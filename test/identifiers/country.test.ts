import countries from 'i18n-iso-countries';
import { expect, test } from 'vitest';

import { findCountry } from '../../src/identifiers/country.ts';
import { AMBIGUOUS, MORE_NAMES } from '../../src/identifiers/country-names.ts';

const CODES = Object.keys(countries.getAlpha2Codes());

test.each(['en', 'zh'])('every country is found by its names in %s', (language) => {
  const names = Object.entries(countries.getNames(language, { select: 'all' })).flatMap(([code, list]) =>
    list.map((name): [string, string] => [name, code]),
  );
  const wrong = names.filter(([name, code]) => name !== 'Congo' && findCountry(name) !== code);
  expect([names.length > 249, wrong]).toEqual([true, []]);
});

test('every country is found by its three codes, in any case', () => {
  const wrong = CODES.flatMap((code) =>
    [code, code.toLowerCase(), countries.alpha2ToAlpha3(code), countries.alpha2ToNumeric(code)].filter(
      (text) => findCountry(text ?? '') !== code,
    ),
  );
  expect(wrong).toEqual([]);
});

test('every further name is found, means no other country, and is not in the package already', () => {
  for (const [code, names] of Object.entries(MORE_NAMES)) {
    expect(names.map((name) => [name, findCountry(name)])).toEqual(names.map((name) => [name, code]));
    for (const name of names) {
      expect([name, countries.getAlpha2Code(name, 'en'), countries.getAlpha2Code(name, 'zh')]).toEqual([
        name,
        undefined,
        undefined,
      ]);
    }
  }
});

test('names of more than one country give all of them', () => {
  for (const [name, codes] of Object.entries(AMBIGUOUS)) expect(findCountry(name)).toEqual(codes);
});

test.each(['', ' ', '-', '1', '86', 'ZZ', 'constructor', '__proto__', 'China '.repeat(1000)])(
  '%j is no country',
  (text) => {
    expect(findCountry(text)).toBe(undefined);
  },
);
