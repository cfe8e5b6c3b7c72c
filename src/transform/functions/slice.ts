import { z } from 'zod';

import { parseArgs, type TransformFunction } from './function.ts';

const place = z.int({ error: 'expected a whole number' });
const schema = z.strictObject(
  { start: place.default(0), end: place.optional() },
  {
    error: 'expected where the part begins and ends, such as { start: 0, end: 6 }',
  },
);

export const slice: TransformFunction = {
  name: 'slice',
  summary:
    'Takes a part of the text: from character `start`, counted from 0, up to but without `end`. Negative numbers count from the end; 😀 is one character.',
  takes: 'text',
  parse: (args) => {
    const { start, end } = parseArgs('slice', schema, args);
    return (text) => ({ value: Array.from(text).slice(start, end).join('') });
  },
  examples: [
    { args: { end: 6 }, input: '310000199001011234', output: '310000' },
    { args: { start: -4 }, input: '6222021234567890', output: '7890' },
    { args: { start: 3, end: -1 }, input: 'SO-1234X', output: '1234' },
    { args: { start: 1, end: 2 }, input: 'a😀b', output: '😀' },
    { args: { start: 9 }, input: 'short', output: '' },
  ],
};
