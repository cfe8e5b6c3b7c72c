import { plainFunction } from './function.ts';

export const upper = plainFunction(
  {
    name: 'upper',
    summary: 'Makes all letters capital, in the same way whatever the locale.',
    examples: [
      { input: 'de', output: 'DE' },
      { input: 'straße', output: 'STRASSE' },
    ],
  },
  (text) => text.toUpperCase(),
);
