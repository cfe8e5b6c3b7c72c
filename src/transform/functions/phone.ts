import type { CountryCode } from 'libphonenumber-js/core';
import { z } from 'zod';

import type { SourceRecord } from '../../domain/values.ts';
import { invalid, within } from '../../expressions/invalid.ts';
import { findCountry } from '../../identifiers/country.ts';
import { isPhoneRegion, readPhone } from '../../identifiers/phone-number.ts';
import { compilePath } from '../path.ts';
import { parseArgs, type TransformFunction } from './function.ts';

const region = z.string({ error: 'expected a region such as CN, or the path of a field that holds one' });
const extension = z.enum(['drop', 'keep', 'reject'], { error: 'expected drop, keep or reject' });
const schema = z
  .union([region, z.strictObject({ region: region.optional(), extension: extension.optional() })])
  .nullable();

type RegionResult = CountryCode | undefined | { readonly error: string };

export const phone: TransformFunction = {
  name: 'phone',
  summary:
    'Writes a telephone number in the form +861012345678 (E.164). `region` says whose number it is where no country code is written: two capital letters (CN), or the path of a field that holds the country by code or name. Numbers that cannot exist are an error. An extension (ext. 12, 转12) is left out; `extension: keep` writes it as ;ext=12, `reject` makes it an error.',
  takes: 'text',
  parse: (args) => {
    const parsed = parseArgs('phone', schema, args ?? null);
    const options = typeof parsed === 'string' ? { region: parsed } : (parsed ?? {});
    const readRegion = createRegion(options.region);
    return (text, { record }) => {
      const country = readRegion(record);
      if (typeof country === 'object') return country;
      const found = readPhone(text, country);
      if (found === null) {
        const bare = country === undefined && !/^(?:[+＋]|00)/.test(text.trim());
        return { error: bare ? 'has no country code, and no region is known' : 'is not a valid telephone number' };
      }
      if (found.extension === null || (options.extension ?? 'drop') === 'drop') return { value: found.number };
      return options.extension === 'keep'
        ? { value: `${found.number};ext=${found.extension}` }
        : { error: 'has an extension' };
    };
  },
  examples: [
    { args: { region: 'CN' }, input: '138 0013 8000', output: '+8613800138000' },
    { args: { region: 'CN' }, input: '(010) 6552-9988', output: '+861065529988' },
    { args: { region: 'CN' }, input: '010-65529988 ext. 12', output: '+861065529988' },
    { args: { region: 'CN' }, input: '0755-26770888', output: '+8675526770888' },
    { args: { region: 'CN' }, input: '400-650-5555', output: '+864006505555' },
    { args: { region: 'CN' }, input: '010-65529988转8012', output: '+861065529988' },
    { args: { region: 'CN', extension: 'keep' }, input: '010-65529988 转 8012', output: '+861065529988;ext=8012' },
    { args: { region: 'CN', extension: 'reject' }, input: '010-65529988分机12', error: 'has an extension' },
    { args: { region: 'CN' }, input: ' +86 138 0013 8000 ', output: '+8613800138000' },
    { args: { region: 'CN' }, input: '0086-138-0013-8000', output: '+8613800138000' },
    { args: { region: 'CN' }, input: '86 13800138000', output: '+8613800138000' },
    { args: { region: 'CN' }, input: '+49 30 901820', output: '+4930901820' },
    { args: { region: 'CN' }, input: '0049 30 901820', output: '+4930901820' },
    { args: { region: 'CN' }, input: '＋８６ １３８００１３８０００', output: '+8613800138000' },
    { args: 'DE', input: '030/901820', output: '+4930901820' },
    { args: { region: 'country' }, record: { country: ' de ' }, input: '030 901820', output: '+4930901820' },
    { args: { region: 'country' }, record: { country: '中国' }, input: '138 0013 8000', output: '+8613800138000' },
    { input: '+86 138 0013 8000', output: '+8613800138000' },
    { input: '0086 138 0013 8000', output: '+8613800138000' },
    { args: { region: 'country' }, record: {}, input: '+8613800138000', output: '+8613800138000' },
    {
      args: { region: 'country' },
      record: {},
      input: '13800138000',
      error: 'has no country code, and no region is known',
    },
    {
      args: { region: 'country' },
      record: { country: 'XX' },
      input: '13800138000',
      error: 'has the unknown region "XX" in `country`',
    },
    {
      args: { region: 'country' },
      record: { country: ['CN'] },
      input: '1',
      error: 'has a region in `country` that is no text',
    },
    { input: '13800138000', error: 'has no country code, and no region is known' },
    { args: { region: 'CN' }, input: '12345', error: 'is not a valid telephone number' },
    { args: { region: 'CN' }, input: '+8613800138', error: 'is not a valid telephone number' },
    { args: { region: 'CN' }, input: 'call 13800138000', error: 'is not a valid telephone number' },
    { args: { region: 'CN' }, input: 'n/a', error: 'is not a valid telephone number' },
  ],
};

/** A constant for two capital letters, otherwise what stands at a path in the record. */
function createRegion(given: string | undefined): (record: SourceRecord) => RegionResult {
  if (given === undefined) return () => undefined;
  if (/^[A-Z]{2}$/.test(given)) {
    if (!isPhoneRegion(given)) throw invalid(`phone: the region \`${given}\` is unknown`, ['region']);
    return () => given;
  }
  const path = within(['region'], () => compilePath(given));
  return (record) => {
    const value = path(record);
    if (value === undefined || value === null) return undefined;
    if (typeof value !== 'string') return { error: `has a region in \`${given}\` that is no text` };
    const code = value.trim().toUpperCase();
    if (code === '') return undefined;
    if (isPhoneRegion(code)) return code;
    const named = findCountry(code);
    return typeof named === 'string' && isPhoneRegion(named)
      ? named
      : { error: `has the unknown region "${code.slice(0, 20)}" in \`${given}\`` };
  };
}
