import type { TransformFunction } from './function.ts';
import { parseNumberStyle, readNumber } from './number-text.ts';

export const decimal: TransformFunction = {
  name: 'decimal',
  summary:
    'Reads a number with its group separators, decimal point and currency (¥ US$ EUR 元); the result is plain digits. Brackets are a minus, 万 and 亿 multiply. Default: `{ group: ",", point: "." }`.',
  takes: 'text',
  parse: (args) => {
    const style = parseNumberStyle('decimal', args);
    return (text) => {
      const number = readNumber(text, style);
      if ('error' in number) return number;
      const { whole, fraction, negative } = number;
      return { value: `${negative ? '-' : ''}${whole}${fraction === '' ? '' : `.${fraction}`}` };
    };
  },
  examples: [
    { input: '1,234.50', output: '1234.50' },
    { input: '1,234,567', output: '1234567' },
    { args: { group: '.', point: ',' }, input: '1.234,50', output: '1234.50' },
    { args: { point: ',' }, input: '1.234,50 €', output: '1234.50' },
    { args: { group: ' ', point: ',' }, input: '1\u202f234,5', output: '1234.5' },
    { args: { group: "'" }, input: "1'234.5", output: '1234.5' },
    { input: '￥1,000.00', output: '1000.00' },
    { input: '1000元', output: '1000' },
    { input: 'RMB 1,000', output: '1000' },
    { input: 'CNY¥1,000.00', output: '1000.00' },
    { input: '人民币1000元整', output: '1000' },
    { input: 'US$5', output: '5' },
    { input: '5 EUR', output: '5' },
    { input: '(1,234.50)', output: '-1234.50' },
    { input: '($5)', output: '-5' },
    { input: '$(5)', output: '-5' },
    { input: '12.5万元', output: '125000' },
    { input: '1.23456万', output: '12345.6' },
    { input: '-3亿', output: '-300000000' },
    { input: '$-5', output: '-5' },
    { input: '-$5', output: '-5' },
    { input: '1,234.50-', output: '-1234.50' },
    { input: '\u22125', output: '-5' },
    { input: '+5', output: '5' },
    { input: '.5', output: '0.5' },
    { input: '5.', output: '5' },
    { input: '12345678901234567890.123456789', output: '12345678901234567890.123456789' },
    { input: '1,2,3', error: 'is wrongly grouped: between two "," stand three digits' },
    { input: '1,23', error: 'is wrongly grouped: between two "," stand three digits' },
    { input: '1234,567', error: 'is wrongly grouped: between two "," stand three digits' },
    { args: { group: '' }, input: '1,234', error: 'is not a number' },
    { input: '1.234,50', error: 'is not a number' },
    { input: '1.2.3', error: 'is not a number' },
    { input: ',123', error: 'is not a number' },
    { input: '--5', error: 'is not a number' },
    { input: '-5-', error: 'is not a number' },
    { input: '(-5)', error: 'is not a number' },
    { input: '5 USD EUR', error: 'is not a number' },
    { input: '万', error: 'is not a number' },
    { input: '5%', error: 'is not a number' },
    { input: '5 000', error: 'is not a number' },
    { input: '.', error: 'is not a number' },
    { input: '€', error: 'is not a number' },
    { input: 'n/a', error: 'is not a number' },
    { input: '１２', error: 'is not a number' },
    { input: '1.10105E+17', error: 'is in scientific notation, which loses digits; re-export it as text' },
  ],
};
