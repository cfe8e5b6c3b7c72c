import * as fc from 'fast-check';
import { getCountries, getCountryCallingCode, type CountryCode } from 'libphonenumber-js/max';
import examples from 'libphonenumber-js/mobile/examples';
import { expect, test } from 'vitest';

import { plainPhone } from '../../src/identifiers/phone-lane.ts';
import { parsePhone, readPhone } from '../../src/identifiers/phone-number.ts';

// `TRIBUTARY_CASES=100000` for the long run.
const CASES = Number(process.env['TRIBUTARY_CASES'] ?? 4000);
const COUNTRIES = getCountries();

interface Dialled {
  readonly text: string;
  readonly region: CountryCode | undefined;
}

/** A number as people write it: with its country's prefix or without, in groups, with a digit too many or too few. */
const written = fc
  .record({
    country: fc.oneof(fc.constantFrom(...COUNTRIES), fc.constantFrom('CN', 'US', 'GB', 'DE', 'IT', 'RU', 'KZ', 'HK')),
    prefix: fc.constantFrom(
      '',
      '',
      '0',
      '00',
      '+',
      '00CC',
      '+CC',
      '+CC',
      'CC',
      '+CC0',
      '011CC',
      '1',
      '8',
      '17900',
      '0CC',
      '++CC',
    ),
    change: fc.constantFrom('none', 'none', 'none', 'digit', 'shorter', 'longer', 'random'),
    digits: fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 3, maxLength: 14 }),
    at: fc.nat(12),
    separators: fc.array(fc.constantFrom('', '', '', ' ', '-', '(', ')', '.', '/', '  '), {
      minLength: 24,
      maxLength: 24,
    }),
    plain: fc.boolean(),
    home: fc.constantFrom('own', 'own', 'none', 'CN', 'US', 'GB', 'BR', 'AR', 'MX', 'IT'),
  })
  .map(({ country, prefix, change, digits, at, separators, plain, home }): Dialled => {
    const number = changed(examples[country], { change, digits, at });
    const all = prefix.replace('CC', getCountryCallingCode(country)) + number;
    const text = plain ? all : Array.from(all, (char, index) => char + (separators[index] ?? '')).join('');
    const region = home === 'own' ? country : home === 'none' ? undefined : home;
    return { text, region };
  });

function changed(
  number: string,
  { change, digits, at }: { readonly change: string; readonly digits: readonly number[]; readonly at: number },
): string {
  const place = at % number.length;
  if (change === 'random') return digits.join('');
  if (change === 'digit') return number.slice(0, place) + String(digits[0]) + number.slice(place + 1);
  if (change === 'shorter') return number.slice(0, place) + number.slice(place + 1);
  return change === 'longer' ? number.slice(0, place) + digits.slice(0, 3).join('') + number.slice(place) : number;
}

test('whatever the fast lane answers, libphonenumber-js answers too', () => {
  let answered = 0;
  fc.assert(
    fc.property(written, ({ text, region }) => {
      const fast = plainPhone(text, region);
      if (fast === null) return;
      answered += 1;
      expect({ text, region, number: fast }).toEqual({ text, region, number: parsePhone(text, region)?.number });
    }),
    { numRuns: CASES },
  );
  expect(answered / CASES).toBeGreaterThan(0.1);
}, 600_000);

test('it takes every example number of the package, in each usual way of writing', () => {
  const missed: string[] = [];
  for (const country of COUNTRIES) {
    const national = examples[country];
    const code = getCountryCallingCode(country);
    for (const text of [national, `+${code}${national}`, `+${code} ${national}`]) {
      const fast = plainPhone(text, country);
      const right = parsePhone(text, country)?.number;
      if (fast === null) missed.push(`${country} ${text}`);
      else expect([country, text, fast]).toEqual([country, text, right]);
    }
  }
  expect(missed).toEqual([]);
});

test.each<[text: string, region: CountryCode | undefined, number: string | null]>([
  ['138 0013 8000', 'CN', '+8613800138000'],
  ['13800138000', 'CN', '+8613800138000'],
  ['+86-138-0013-8000', undefined, '+8613800138000'],
  ['0086 13800138000', 'CN', '+8613800138000'],
  ['8613800138000', 'CN', null],
  ['(010) 6552-9988', 'CN', '+861065529988'],
  ['0755-26770888', 'CN', '+8675526770888'],
  ['400-650-5555', 'CN', '+864006505555'],
  ['17900 13800138000', 'CN', null],
  ['12345', 'CN', null],
  ['010-65529988转12', 'CN', null],
  ['(201) 555-0123', 'US', '+12015550123'],
  ['020 7946 0958', 'GB', '+442079460958'],
  ['8 (800) 555-35-35', 'RU', '+78005553535'],
  ['0 2 1234567890123456789012345678901234567', 'CN', null],
])('%s in %s is %s', (text, region, number) => {
  expect(plainPhone(text, region)).toBe(number);
});

test.each([
  ['010-65529988转12', '12'],
  ['010-65529988 分机 8012', '8012'],
  ['010-65529988，转：8012', '8012'],
  ['(010)65529988 ext. 12', '12'],
  ['010-65529988x12', '12'],
  ['010-65529988', null],
])('%s has the extension %s', (text, extension) => {
  expect(readPhone(text, 'CN')).toEqual({ number: '+861065529988', extension });
});

test.each(['010-65529988转', '转12', '010-65529988转12转13', '010-65529988 ext 5 转12', `${'转'.repeat(5000)}1`])(
  '%j is no number',
  (text) => {
    expect(readPhone(text, 'CN')).toBe(null);
  },
);
