import { parseAffix } from './affix.ts';
import type { TransformFunction } from './function.ts';

export const prefix: TransformFunction = {
  name: 'prefix',
  summary: 'Puts a text in front; with `once` only where it is not there yet.',
  takes: 'text',
  parse: (args) =>
    parseAffix('prefix', args, { has: (text, affix) => text.startsWith(affix), add: (text, affix) => affix + text }),
  examples: [
    { args: 'SO-', input: '123', output: 'SO-123' },
    { args: 'SO-', input: 'SO-123', output: 'SO-SO-123' },
    { args: { text: 'SO-', once: true }, input: 'SO-123', output: 'SO-123' },
    { args: { text: 'SO-', once: true }, input: '123', output: 'SO-123' },
  ],
};
