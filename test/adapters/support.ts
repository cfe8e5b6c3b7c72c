import type { Adapter, Delivery, Sent } from '../../src/adapters/adapter.ts';
import { authenticationSchema, openAdapter } from '../../src/adapters/registry.ts';

export const NOW = Date.parse('2026-11-23T12:00:00Z');

/** An adapter of settings as they stand in tributary.yaml. */
export function adapterOf(settings: Readonly<Record<string, unknown>>): Adapter {
  return openAdapter(authenticationSchema.parse(settings));
}

export interface Wire {
  readonly body?: string | Uint8Array;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  readonly method?: string;
  readonly path?: string;
  readonly at?: number;
}

export function delivery({ body = '', headers = {}, method = 'POST', path = '/', at = NOW }: Wire): Delivery {
  const lists = Object.entries(headers).map(([name, value]): [string, readonly string[]] => [
    name.toLowerCase(),
    typeof value === 'string' ? [value] : value,
  ]);
  const bytes = typeof body === 'string' ? Buffer.from(body) : body;
  return { method, path, url: `https://sync.example${path}`, headers: Object.fromEntries(lists), body: bytes, at };
}

/** What arrives when that is sent. */
export function arrived({ headers, body }: Sent, wire: Omit<Wire, 'body' | 'headers'> = {}): Delivery {
  return delivery({ ...wire, body, headers });
}
