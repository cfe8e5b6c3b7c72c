import { invalid } from '../../expressions/invalid.ts';
import type { TransformFunction } from './function.ts';
import { parseSeparator } from './separator.ts';

export const split: TransformFunction = {
  name: 'split',
  summary: 'Makes a list of the parts between separators. Later functions take each part; empty parts are left out.',
  takes: 'text',
  parse: (args) => {
    const by = parseSeparator('split', args);
    if (by === '') throw invalid('split: the separator is empty');
    return (text) => ({ value: text.split(by) });
  },
  examples: [
    { args: { by: ';' }, input: 'a;b', output: ['a', 'b'] },
    { args: ', ', input: 'a, b,c', output: ['a', 'b,c'] },
    { args: ';', input: 'a;;b;', output: ['a', 'b'] },
    { args: ';', input: 'a', output: ['a'] },
    { args: ';', input: ['a;b', 'c'], output: ['a', 'b', 'c'] },
  ],
};
