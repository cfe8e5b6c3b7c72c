import { createHash } from 'node:crypto';
import { z } from 'zod';

import { parseArgs, type TransformFunction } from './function.ts';

const schema = z.strictObject({ prefix: z.string({ error: 'expected a text' }).default('') }).nullable();

export const hash: TransformFunction = {
  name: 'hash',
  summary:
    'Writes the SHA-256 of the text (UTF-8) in 64 hexadecimal digits, behind `prefix`. Whoever can guess the text can find it: names and telephone numbers are not kept secret by this.',
  takes: 'text',
  parse: (args) => {
    const prefix = parseArgs('hash', schema, args ?? null)?.prefix ?? '';
    return (text) => ({ value: prefix + createHash('sha256').update(text, 'utf8').digest('hex') });
  },
  examples: [
    // NIST FIPS 180-4, example of one block.
    { input: 'abc', output: 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad' },
    {
      args: { prefix: 'sha256:' },
      input: '上海',
      output: 'sha256:4906a49adc5c472b34483976104ec1d76992745367cc22d5fbc2a4db8e8e1ed7',
    },
  ],
};
