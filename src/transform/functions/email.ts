import { z } from 'zod';

import { parseArgs, type TransformFunction } from './function.ts';

const schema = z.strictObject({ lower: z.boolean({ error: 'expected true or false' }).default(false) }).nullable();

export const email: TransformFunction = {
  name: 'email',
  summary:
    'Brings an e-mail address into one form: no white space, full-width characters half-width, `mailto:` removed, the domain in small letters; with `lower: true` all of it. What is before the @ stays otherwise, since its capitals may count.',
  takes: 'text',
  parse: (args) => {
    const lower = parseArgs('email', schema, args ?? null)?.lower === true;
    return (text) => {
      const address = text
        .normalize('NFKC')
        .replace(/\s+/g, '')
        .replace(/^mailto:/i, '');
      const at = address.lastIndexOf('@');
      const [local, domain] = [address.slice(0, at), address.slice(at + 1)];
      if (at < 1 || domain === '' || local.includes('@')) return { error: 'is not an e-mail address' };
      // In Chinese input the full stop is 。, which domain names take for a dot.
      const host = domain.replaceAll('。', '.').toLowerCase();
      return { value: `${lower ? local.toLowerCase() : local}@${host}` };
    };
  },
  examples: [
    { input: ' Info@ACME.com ', output: 'Info@acme.com' },
    { args: { lower: true }, input: 'Info@ACME.com', output: 'info@acme.com' },
    { input: 'ｉｎｆｏ＠ａｃｍｅ．ｃｏｍ', output: 'info@acme.com' },
    { input: 'info@acme。com', output: 'info@acme.com' },
    { input: 'info @ acme.com', output: 'info@acme.com' },
    { input: 'mailto:info@acme.com', output: 'info@acme.com' },
    { input: 'info', error: 'is not an e-mail address' },
    { input: 'a@b@acme.com', error: 'is not an e-mail address' },
    { input: '@acme.com', error: 'is not an e-mail address' },
    { input: 'info@', error: 'is not an e-mail address' },
  ],
};
