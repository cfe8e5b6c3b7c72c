import { plainFunction } from './function.ts';

const SHIFT = 0xfee0;

export const halfwidth = plainFunction(
  {
    name: 'halfwidth',
    summary: 'Makes full-width Latin letters, digits, signs and spaces half-width; everything else stays.',
    examples: [
      { input: 'ＡＢ－１２３', output: 'AB-123' },
      { input: '（上海）\u3000有限公司', output: '(上海) 有限公司' },
      { input: 'ﬁle ㈱', output: 'ﬁle ㈱' },
    ],
  },
  (text) =>
    text
      .replace(/[\uff01-\uff5e]/g, (char) => String.fromCharCode(char.charCodeAt(0) - SHIFT))
      .replaceAll('\u3000', ' '),
);
