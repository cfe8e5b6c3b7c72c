import type { TransformFunction } from './function.ts';
import { parseNumberStyle, readNumber } from './number-text.ts';

export const integer: TransformFunction = {
  name: 'integer',
  summary:
    'Reads a whole number with its group separators; decimals that are not zero are an error. Arguments as for `decimal`.',
  takes: 'text',
  parse: (args) => {
    const style = parseNumberStyle('integer', args);
    return (text) => {
      const number = readNumber(text, style);
      if ('error' in number) return number;
      if (/[1-9]/.test(number.fraction)) return { error: 'is not a whole number' };
      return { value: `${number.negative ? '-' : ''}${number.whole}` };
    };
  },
  examples: [
    { input: '1,234', output: '1234' },
    { input: '5.00', output: '5' },
    { input: '-7', output: '-7' },
    { args: { group: '.', point: ',' }, input: '1.234', output: '1234' },
    { input: '5.5', error: 'is not a whole number' },
    { input: '1,2,3', error: 'is wrongly grouped: between two "," stand three digits' },
    { input: 'five', error: 'is not a number' },
  ],
};
