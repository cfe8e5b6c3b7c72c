import { z } from 'zod';

import { CHECKSUMS, type ChecksumName } from '../../identifiers/checksum.ts';
import { checkValue, parseArgs, requireField, type RuleKind } from './rule.ts';

const names = Object.keys(CHECKSUMS) as ChecksumName[]; // what the keys of CHECKSUMS are
const schema = z.enum(names, { error: `expected one of ${names.join(', ')}` });

export const checksum: RuleKind = {
  kind: 'checksum',
  summary:
    'The check digit of the text must be right: `uscc` (unified social credit code, GB 32100-2015), `resident_id` (Chinese resident identity number, GB 11643), `iban` (ISO 13616), `luhn` (card numbers, ISO/IEC 7812), `ean13` (articles, GS1). Without spaces, letters capital: a function such as `uscc` brings it into that form.',
  // From the standards themselves, the SWIFT IBAN registry, GS1's and ISO's published examples.
  examples: [
    { args: 'uscc', input: '91350100M000100Y43' },
    {
      args: 'uscc',
      input: '91350100M000100Y44',
      error: 'is not a unified social credit code: its check character is wrong',
    },
    { args: 'resident_id', input: '11010519491231002X' },
    { args: 'resident_id', input: '440524188001010014' },
    {
      args: 'resident_id',
      input: '110105194912310021',
      error: 'is not a resident identity number: its check digit is wrong',
    },
    { args: 'iban', input: 'GB29NWBK60161331926819' },
    { args: 'iban', input: 'DE89370400440532013000' },
    { args: 'iban', input: 'FR1420041010050500013M02606' },
    { args: 'iban', input: 'GB29NWBK60161331926818', error: 'is not an IBAN' },
    { args: 'iban', input: 'GB29 NWBK 6016 1331 9268 19', error: 'is not an IBAN' },
    { args: 'luhn', input: '79927398713' },
    { args: 'luhn', input: '4012888888881881' },
    { args: 'luhn', input: '79927398710', error: 'is not a number with a right check digit (Luhn)' },
    { args: 'ean13', input: '6291041500213' },
    { args: 'ean13', input: '4006381333931' },
    { args: 'ean13', input: '4006381333932', error: 'is not an EAN-13 with a right check digit' },
  ],
  compile: (args, setting) => {
    const check = CHECKSUMS[parseArgs(schema, args)];
    return checkValue(requireField(setting), (value) => check(String(value)));
  },
};
