import { plainFunction } from './function.ts';

export const lower = plainFunction(
  {
    name: 'lower',
    summary: 'Makes all letters small, in the same way whatever the locale.',
    examples: [
      { input: 'Info@ACME.com', output: 'info@acme.com' },
      { input: 'ÄÖ', output: 'äö' },
      { input: '上海ABC', output: '上海abc' },
    ],
  },
  (text) => text.toLowerCase(),
);
