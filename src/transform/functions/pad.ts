import { z } from 'zod';

import { parseArgs, type TransformFunction } from './function.ts';

const MAX_LENGTH = 1000;
const whole = z.int({ error: 'expected a whole number' });
const schema = z.strictObject(
  {
    to: whole.min(1, { error: 'expected at least 1' }).max(MAX_LENGTH, { error: `expected at most ${MAX_LENGTH}` }),
    with: z.union([z.string(), z.number()]).transform(String).default('0'),
    at: z.enum(['start', 'end'], { error: 'expected start or end' }).default('start'),
  },
  { error: 'expected the length that the text gets, such as { to: 8 }' },
);

export const pad: TransformFunction = {
  name: 'pad',
  summary:
    'Fills a text up to `to` characters, with zeros in front unless `with` and `at` (start or end) say otherwise. A longer text stays.',
  takes: 'text',
  parse: (args) => {
    const { to, with: filler, at } = parseArgs('pad', schema, args);
    return (text) => {
      const missing = Math.max(0, to - Array.from(text).length);
      const filling = Array.from(filler.repeat(missing)).slice(0, missing).join('');
      return { value: at === 'start' ? filling + text : text + filling };
    };
  },
  examples: [
    { args: { to: 6 }, input: '42', output: '000042' },
    { args: { to: 6 }, input: '1234567', output: '1234567' },
    { args: { to: 5, with: '*', at: 'end' }, input: '上海', output: '上海***' },
    { args: { to: 5, with: 'ab' }, input: 'x', output: 'ababx' },
  ],
};
