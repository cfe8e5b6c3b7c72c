import { plainFunction } from './function.ts';

export const trim = plainFunction(
  {
    name: 'trim',
    summary: 'Removes white space from both ends, full-width spaces too.',
    examples: [
      { input: '  Acme \t\n', output: 'Acme' },
      { input: '\u3000上海\u00a0', output: '上海' },
      { input: ' a  b ', output: 'a  b' },
      { input: '   ', output: '' },
      { input: [' a ', 'b '], output: ['a', 'b'] },
    ],
  },
  (text) => text.trim(),
);
