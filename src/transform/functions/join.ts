import type { TransformFunction } from './function.ts';
import { parseSeparator } from './separator.ts';

export const join: TransformFunction = {
  name: 'join',
  summary: 'Makes one text of a list.',
  takes: 'list',
  parse: (args) => {
    const by = parseSeparator('join', args);
    return (list) => ({ value: list.join(by) });
  },
  examples: [
    { args: { by: ' ' }, input: ['王', '小明'], output: '王 小明' },
    { args: '', input: ['a', 'b'], output: 'ab' },
    { args: ', ', input: 'a', output: 'a' },
    { args: ', ', input: ['a', null, 'b'], output: 'a, b' },
  ],
};
