import { parseAffix } from './affix.ts';
import type { TransformFunction } from './function.ts';

export const suffix: TransformFunction = {
  name: 'suffix',
  summary: 'Puts a text behind; with `once` only where it is not there yet.',
  takes: 'text',
  parse: (args) =>
    parseAffix('suffix', args, { has: (text, affix) => text.endsWith(affix), add: (text, affix) => text + affix }),
  examples: [
    { args: '市', input: '上海', output: '上海市' },
    { args: { text: '市', once: true }, input: '上海市', output: '上海市' },
    { args: { text: '市', once: true }, input: '上海', output: '上海市' },
  ],
};
