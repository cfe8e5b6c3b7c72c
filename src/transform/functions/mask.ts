import { z } from 'zod';

import { parseArgs, type TransformFunction } from './function.ts';

const count = z.int({ error: 'expected a whole number' }).min(0, { error: 'expected a number that is not negative' });
const options = z.strictObject({
  first: count.default(0),
  last: count.default(0),
  with: z.string().regex(/^.$/su, { error: 'expected one character' }).default('*'),
});
const schema = z.union([count.transform((last) => ({ first: 0, last, with: '*' })), options], {
  error: 'expected how many characters stay, such as 4 or { first: 3, last: 4 }',
});

export const mask: TransformFunction = {
  name: 'mask',
  summary:
    'Keeps the `first` and `last` characters and puts a star (or `with`) for each one between. A number alone is `last`. A text that would stay whole is masked whole.',
  takes: 'text',
  parse: (args) => {
    const { first, last, with: star } = parseArgs('mask', schema, args);
    return (text) => {
      const chars = Array.from(text);
      const hidden = chars.length - first - last;
      if (hidden <= 0) return { value: star.repeat(chars.length) };
      return { value: chars.slice(0, first).join('') + star.repeat(hidden) + chars.slice(first + hidden).join('') };
    };
  },
  examples: [
    { args: 4, input: '6222021234567890', output: '************7890' },
    { args: { first: 3, last: 4 }, input: '13800138000', output: '138****8000' },
    { args: { first: 1 }, input: '王小明', output: '王**' },
    { args: { first: 3, last: 4 }, input: '1234567', output: '*******' },
    { args: { first: 1, with: '×' }, input: '😀😀', output: '😀×' },
    { args: 0, input: 'ab', output: '**' },
  ],
};
