// The argument of `split` and `join`.

import { z } from 'zod';

import { parseArgs } from './function.ts';

const separator = z.string({ error: 'expected the text between two items' });
const schema = z.union([separator, z.strictObject({ by: separator })], {
  error: 'expected the text between two items, such as ";" or { by: ";" }',
});

export function parseSeparator(name: string, args: unknown): string {
  const parsed = parseArgs(name, schema, args);
  return typeof parsed === 'string' ? parsed : parsed.by;
}
