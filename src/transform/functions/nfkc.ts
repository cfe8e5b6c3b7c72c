import { plainFunction } from './function.ts';

export const nfkc = plainFunction(
  {
    name: 'nfkc',
    summary:
      'Makes characters that mean the same the same (Unicode normalisation form NFKC): full width, ligatures, composed accents.',
    examples: [
      { input: 'ＡＢＣ１２３', output: 'ABC123' },
      { input: 'ﬁle', output: 'file' },
      { input: 'e\u0301', output: 'é' },
      { input: 'ｶﾞ', output: 'ガ' },
    ],
  },
  (text) => text.normalize('NFKC'),
);
