import { plainFunction } from './function.ts';

export const nfc = plainFunction(
  {
    name: 'nfc',
    summary:
      'Writes each accented letter as one character where there is one (Unicode normalisation form NFC); nothing else changes.',
    examples: [
      { input: 'Cafe\u0301', output: 'Café' },
      { input: 'が', output: 'が' },
      { input: 'ＡＢＣ ﬁle', output: 'ＡＢＣ ﬁle' },
    ],
  },
  (text) => text.normalize('NFC'),
);
