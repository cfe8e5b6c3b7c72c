// The parts of settings that several kinds of adapter have.

import { z } from 'zod';

const MS = { s: 1000, m: 60_000, h: 3_600_000 } as const;

export const tolerance = z
  .string({ error: 'expected a duration such as 30s or 5m' })
  .regex(/^[1-9]\d{0,3}[smh]$/, { error: 'expected a duration such as 30s or 5m' })
  .meta({ examples: ['30s', '5m'] })
  .default('5m')
  .describe('How far the time of a signature may be from ours, to either side: what is older is taken for a replay.');

/** `5m` as milliseconds. */
export function toleranceMs(text: string): number {
  const unit = (['s', 'm', 'h'] as const).find((one) => text.endsWith(one)) ?? 's';
  return Number.parseInt(text, 10) * MS[unit];
}

export const secrets = z
  .array(z.string().min(1, { error: 'expected text' }))
  .min(1, { error: 'expected at least one secret' })
  .max(8, { error: 'expected at most 8 secrets' })
  .describe('The secrets, by reference. Any of them counts: to change one, put the new one first, later drop the old.');

export const headerName = z
  .string({ error: 'expected the name of a header' })
  .regex(/^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,64}$/, { error: 'expected the name of a header' });

export type KeyEncoding = 'text' | 'base64' | 'hex';

/** The bytes of a secret. Throws an Error that does not show it. */
export function keyBytes(secret: string, encoding: KeyEncoding): Uint8Array {
  const text = secret.trim();
  const bytes = Buffer.from(text, encoding === 'text' ? 'utf8' : encoding);
  const exact = encoding === 'text' || bytes.toString(encoding).replace(/=+$/, '') === canonical(text, encoding);
  if (!exact) throw new Error(`a secret is not ${encoding}`);
  if (bytes.length === 0) throw new Error('a secret is empty');
  return bytes;
}

function canonical(text: string, encoding: KeyEncoding): string {
  return encoding === 'hex' ? text.toLowerCase() : text.replace(/=+$/, '').replaceAll('-', '+').replaceAll('_', '/');
}
