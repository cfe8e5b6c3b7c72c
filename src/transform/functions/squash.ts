import { plainFunction } from './function.ts';

export const squash = plainFunction(
  {
    name: 'squash',
    summary: 'Makes each run of white space one space, full-width spaces and line breaks too.',
    examples: [
      { input: 'Acme \t\r\n Ltd', output: 'Acme Ltd' },
      { input: '王\u3000\u3000小明', output: '王 小明' },
      { input: '  a ', output: ' a ' },
    ],
  },
  (text) => text.replace(/\s+/g, ' '),
);
