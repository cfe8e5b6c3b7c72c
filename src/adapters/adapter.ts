// The contract of an adapter: what one kind of system does to show that an event is from it, and how it wraps it.

import type { z } from 'zod';

/** A request as it came: nothing of it is unpacked or parsed. */
export interface Delivery {
  readonly method: string;
  /** Path and query as they were sent. */
  readonly path: string;
  /** The whole address as the sender knows it. */
  readonly url: string;
  /** Every value of every header; names in lower case. */
  readonly headers: Readonly<Record<string, readonly string[] | undefined>>;
  /** The bytes that were sent, compressed if they were. */
  readonly body: Uint8Array;
  /** When it came, in milliseconds since 1970. */
  readonly at: number;
}

/**
 * What an adapter makes of a delivery.
 *
 * - `events`: it is from them. `body` is what was meant, taken out of its envelope; `eventId` is the sender's id of the
 *   delivery, where the adapter knows it, which is the same when it is sent again.
 * - `answer`: a handshake, answered at once; nothing is stored.
 * - `refused`: nobody has shown that it is from them. `because` is shown to the caller: it never holds a secret.
 */
export type Received =
  | { readonly kind: 'events'; readonly body: Uint8Array; readonly eventId: string | null }
  | { readonly kind: 'answer'; readonly contentType: string; readonly body: string }
  | { readonly kind: 'refused'; readonly because: string };

/** What `tributary events send` wants to have signed. */
export type Sending = Pick<Delivery, 'method' | 'path' | 'url' | 'body' | 'at'> & { readonly id: string };

export interface Sent {
  readonly headers: Readonly<Record<string, string>>;
  /** In its envelope, where the system uses one. */
  readonly body: Uint8Array;
}

/** One system's way, with its secrets. Pure: neither clock nor I/O. */
export interface Adapter {
  receive(delivery: Delivery): Received;
  /** The counterpart: `receive` accepts what is sent so. */
  send(sending: Sending): Sent;
}

/** One kind of adapter: `kind` in the configuration chooses it. */
export interface AdapterKind<Schema extends z.ZodType> {
  /** The syntax of the settings; in secrets, references may stand. What it yields, it accepts again. */
  readonly schema: Schema;
  /**
   * Makes an adapter of settings whose references are resolved. Throws an Error without any secret in it where a secret
   * cannot be one (empty, not base64).
   */
  open(settings: unknown): Adapter;
}

export function adapterKind<Schema extends z.ZodType>(
  schema: Schema,
  create: (settings: z.output<Schema>) => Adapter,
): AdapterKind<Schema> {
  return { schema, open: (settings) => create(schema.parse(settings)) };
}

export function refused(because: string): Received {
  return { kind: 'refused', because };
}

/** The only value of a header; null when there is none or an empty one; `repeated` when nobody knows which one counts. */
export function headerOf(
  { headers }: Pick<Delivery, 'headers'>,
  name: string,
): { readonly value: string | null; readonly repeated: boolean } {
  const values = headers[name.toLowerCase()] ?? [];
  const value = values[0] ?? '';
  return { value: value === '' ? null : value, repeated: values.length > 1 };
}
