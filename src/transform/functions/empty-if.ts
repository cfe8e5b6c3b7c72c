import { z } from 'zod';

import { parseArgs, type TransformFunction } from './function.ts';

// YAML reads a bare 0 or no as a number or a boolean.
const word = z.union([z.string(), z.number(), z.boolean()]).transform(String);
const schema = z.union([word.transform((one) => [one]), z.array(word).min(1)], {
  error: 'expected the texts that stand for nothing, such as [N/A, "-", 无]',
});

export const emptyIf: TransformFunction = {
  name: 'empty_if',
  summary: 'Takes each of the texts for an empty one, whatever the case and the white space around it.',
  takes: 'text',
  parse: (args) => {
    const words = new Set(parseArgs('empty_if', schema, args).map(normal));
    return (text) => ({ value: words.has(normal(text)) ? '' : text });
  },
  examples: [
    { args: ['N/A', '-', '无'], input: 'n/a', output: '' },
    { args: ['N/A', '-', '无'], input: ' 无 ', output: '' },
    { args: ['N/A', '-', '无'], input: '无锡', output: '无锡' },
    { args: 0, input: '0', output: '' },
    { args: ['?'], input: ['a', '?'], output: ['a'] },
  ],
};

function normal(text: string): string {
  return text.trim().toLowerCase();
}
