// The arguments of `prefix` and `suffix`.

import { z } from 'zod';

import { parseArgs, type TextStep } from './function.ts';

const text = z.union([z.string(), z.number()], { error: 'expected a text' }).transform(String);
const schema = z.union([text, z.strictObject({ text, once: z.boolean().default(false) })], {
  error: 'expected a text, such as "SO-" or { text: "SO-", once: true }',
});

export interface Affix {
  readonly has: (text: string, affix: string) => boolean;
  readonly add: (text: string, affix: string) => string;
}

export function parseAffix(name: string, args: unknown, { has, add }: Affix): TextStep {
  const parsed = parseArgs(name, schema, args);
  const { text: affix, once } = typeof parsed === 'string' ? { text: parsed, once: false } : parsed;
  return (given) => ({ value: once && has(given, affix) ? given : add(given, affix) });
}
