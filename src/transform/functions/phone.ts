import { isSupportedCountry, parsePhoneNumberFromString, type CountryCode } from 'libphonenumber-js/max';
import { z } from 'zod';

import type { SourceRecord } from '../../domain/values.ts';
import { invalid, within } from '../../expressions/invalid.ts';
import { compilePath } from '../path.ts';
import { parseArgs, type TransformFunction } from './function.ts';

const region = z.string({ error: 'expected a region such as CN, or the path of a field that holds one' });
const schema = z.union([region, z.strictObject({ region: region.optional() })]).nullable();

type RegionResult = CountryCode | undefined | { readonly error: string };

export const phone: TransformFunction = {
  name: 'phone',
  summary:
    'Writes a telephone number in the form +861012345678 (E.164). `region` says whose number it is where no country code is written: two capital letters (CN), or the path of a field that holds them. Numbers that cannot exist are an error; an extension is left out.',
  takes: 'text',
  parse: (args) => {
    const parsed = parseArgs('phone', schema, args ?? null);
    const readRegion = createRegion(typeof parsed === 'string' ? parsed : parsed?.region);
    return (text, { record }) => {
      const country = readRegion(record);
      if (typeof country === 'object') return country;
      // Dialled abroad, 00 stands for +; with a region the library knows what stands for it there.
      const dialled = country === undefined ? text.trim().replace(/^00/, '+') : text;
      const number = parsePhoneNumberFromString(dialled, {
        extract: false,
        ...(country && { defaultCountry: country }),
      });
      if (number?.isValid() === true) return { value: number.number };
      const bare = country === undefined && !dialled.startsWith('+');
      return { error: bare ? 'has no country code, and no region is known' : 'is not a valid telephone number' };
    };
  },
  examples: [
    { args: { region: 'CN' }, input: '138 0013 8000', output: '+8613800138000' },
    { args: { region: 'CN' }, input: '(010) 6552-9988', output: '+861065529988' },
    { args: { region: 'CN' }, input: '010-65529988 ext. 12', output: '+861065529988' },
    { args: { region: 'CN' }, input: '+49 30 901820', output: '+4930901820' },
    { args: { region: 'CN' }, input: '0049 30 901820', output: '+4930901820' },
    { args: { region: 'CN' }, input: '＋８６ １３８００１３８０００', output: '+8613800138000' },
    { args: 'DE', input: '030/901820', output: '+4930901820' },
    { args: { region: 'country' }, record: { country: ' de ' }, input: '030 901820', output: '+4930901820' },
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
    if (!isSupportedCountry(given)) throw invalid(`phone: the region \`${given}\` is unknown`, ['region']);
    return () => given;
  }
  const path = within(['region'], () => compilePath(given));
  return (record) => {
    const value = path(record);
    if (value === undefined || value === null) return undefined;
    if (typeof value !== 'string') return { error: `has a region in \`${given}\` that is no text` };
    const code = value.trim().toUpperCase();
    if (code === '') return undefined;
    return isSupportedCountry(code) ? code : { error: `has the unknown region "${code.slice(0, 20)}" in \`${given}\`` };
  };
}
