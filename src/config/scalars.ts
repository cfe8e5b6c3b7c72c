// The small texts of the configuration: names, shares, durations, sizes.

import { z } from 'zod';

const MS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const BYTES = { B: 1, KB: 1024, MB: 1024 ** 2, GB: 1024 ** 3 } as const;

// They are literals of CEL, where a field is a variable.
const NOT_NAMES: ReadonlySet<string> = new Set(['true', 'false', 'null', 'in']);

/** Projects, connections and syncs: parts of file names and ids. */
export const dashedName = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,62}$/, { error: 'expected lower-case letters, digits and `-`, beginning with a letter' });

/** Objects and fields: identifiers in expressions and in SQL. */
export const plainName = z
  .string()
  .regex(/^[a-z][a-z0-9_]{0,62}$/, { error: 'expected lower-case letters, digits and `_`, beginning with a letter' })
  .refine((name) => !NOT_NAMES.has(name), { error: 'expected a name that is not a word of CEL' });

/** Text that is not empty. */
export const someText = z.string().min(1, { error: 'expected text' });

/** Text where a number is taken as it is written: codes, constants, column names. */
export const anyText = z.union([z.string(), z.number()], { error: 'expected text' }).transform(String);

/** A constant of a field. Numbers are kept as text, with every digit. */
export const constant = z
  .union([z.string(), z.number(), z.boolean(), z.null()], { error: 'expected text, a number, true, false or null' })
  .transform((value) => (typeof value === 'number' ? String(value) : value));

/** `5%` as 0.05. */
export const share = z
  .string({ error: 'expected a percentage such as 5%' })
  .regex(/^(100(\.0+)?|\d{1,2}(\.\d+)?)%$/, { error: 'expected a percentage from 0% to 100%' })
  .meta({ examples: ['5%', '0.5%'] })
  .transform((text) => Number(text.slice(0, -1)) / 100);

/** `72h` as milliseconds. */
export const duration = z
  .string({ error: 'expected a duration such as 30m, 72h or 7d' })
  .regex(/^[1-9]\d{0,5}(ms|s|m|h|d)$/, { error: 'expected a duration such as 30m, 72h or 7d' })
  .meta({ examples: ['30m', '72h', '7d'] })
  .transform((text) => scaled(text, MS));

/** A duration that may be `0s`. */
export const settle = z
  .string({ error: 'expected a duration such as 0s, 2s or 1m' })
  .regex(/^(0|[1-9]\d{0,5})(ms|s|m|h|d)$/, { error: 'expected a duration such as 0s, 2s or 1m' })
  .meta({ examples: ['0s', '2s', '1m'] })
  .transform((text) => scaled(text, MS));

/** A text in which `{count}` stands once. */
export const countText = z.string().refine((text) => text.split('{count}').length === 2, {
  error: 'expected a text with {count} once, such as END|{count}',
});

/** `16MB` as bytes; units are powers of 1024. */
export const size = z
  .string({ error: 'expected a size such as 512KB or 16MB' })
  .regex(/^[1-9]\d{0,5}(B|KB|MB|GB)$/, { error: 'expected a size such as 512KB or 16MB' })
  .meta({ examples: ['512KB', '16MB'] })
  .transform((text) => scaled(text, BYTES));

function scaled(text: string, units: Readonly<Record<string, number>>): number {
  const unit = text.replace(/^\d+/, '');
  return Number.parseInt(text, 10) * (units[unit] ?? Number.NaN);
}
