import { z } from 'zod';
import type { Adapter } from './adapter.ts';
import { apiKey } from './api-key.ts';
import { hmac } from './hmac.ts';
import { lark } from './lark.ts';
import { standardWebhooks } from './standard-webhooks.ts';

/** Every way in which a system shows that an event is from it, one line each. */
const KINDS = [
  standardWebhooks, //
  hmac,
  apiKey,
  lark,
] as const;

const [first, ...rest] = KINDS;

/** The settings of one way, secrets still by reference. */
export const authenticationSchema = z.discriminatedUnion('kind', [first.schema, ...rest.map(({ schema }) => schema)]);

export type Authentication = z.output<typeof authenticationSchema>;

/** The adapter for settings whose references are resolved. Throws as `AdapterKind.open` does. */
export function openAdapter(settings: Authentication): Adapter {
  const kind = KINDS.find(({ schema }) => schema.shape.kind.value === settings.kind);
  if (kind === undefined) throw new Error(`there is no kind ${settings.kind}`);
  return kind.open(settings);
}
