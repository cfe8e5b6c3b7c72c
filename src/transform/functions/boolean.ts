import { z } from 'zod';

import { invalid } from '../../expressions/invalid.ts';
import { parseArgs, type TransformFunction } from './function.ts';

const TRUE = 'true t yes y 1 on enabled 是 真 对 启用 已启用 √ ✓ ✔ ☑'.split(' ');
const FALSE = 'false f no n 0 off disabled 否 假 错 停用 已停用 禁用 已禁用 × ✗ ✘ ☐'.split(' ');

// YAML reads a bare 1 or yes as a number or a boolean.
const words = z
  .array(z.union([z.string(), z.number(), z.boolean()], { error: 'expected text' }).transform(String))
  .min(1, { error: 'expected at least one text' });
const schema = z.strictObject({ true: words.optional(), false: words.optional() }).nullable();

export const boolean: TransformFunction = {
  name: 'boolean',
  summary: `Reads yes and no, whatever the case and width. Default: ${TRUE.join(' ')} are true, ${FALSE.join(' ')} are false. A list of your own takes the place of ours.`,
  takes: 'text',
  parse: (args) => {
    const parsed = parseArgs('boolean', schema, args ?? null);
    const meanings = new Map<string, boolean>();
    for (const word of parsed?.false ?? FALSE) meanings.set(normal(word), false);
    for (const word of parsed?.true ?? TRUE) {
      if (meanings.has(normal(word))) throw invalid(`boolean: "${word}" is both true and false`);
      meanings.set(normal(word), true);
    }
    return (text) => {
      const value = meanings.get(normal(text));
      return value === undefined ? { error: 'is neither true nor false' } : { value };
    };
  },
  examples: [
    { input: 'Yes', output: true },
    { input: '0', output: false },
    { input: ' 是 ', output: true },
    { input: '否', output: false },
    { input: 'Ｙ', output: true },
    { input: 'n', output: false },
    { input: '√', output: true },
    { input: '×', output: false },
    { input: '启用', output: true },
    { input: '停用', output: false },
    { input: true, output: true },
    { args: { true: ['active'], false: ['gone', 'left'] }, input: 'LEFT', output: false },
    { args: { true: ['X'] }, input: 'x', output: true },
    { args: { true: ['X'] }, input: 'yes', error: 'is neither true nor false' },
    // A tick on some forms, a cross on others.
    { input: 'x', error: 'is neither true nor false' },
    { input: 'maybe', error: 'is neither true nor false' },
    { input: '2', error: 'is neither true nor false' },
  ],
};

function normal(text: string): string {
  return text.normalize('NFKC').trim().toLowerCase();
}
