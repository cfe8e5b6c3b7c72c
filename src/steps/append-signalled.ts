// Events that a system signalled to the intake itself: into the inbox, before anything else.

import { createHash } from 'node:crypto';
import { type AppendedEvent, appendEvents, type EventStream, MAX_EVENT_BYTES, type NewEvent } from '../store/inbox.ts';
import type { Deps } from './deps.ts';

/** As `workflows/messages.ts` documents it. */
export interface SignalledEvent {
  readonly id?: string;
  readonly record?: unknown;
  readonly body?: string;
  readonly content_type?: string;
}

export interface AppendSignalledInput extends EventStream {
  readonly events: readonly SignalledEvent[];
  /** Tells this signal from all others: a retry must not append what has no id once more. */
  readonly signal: string;
}

export interface AppendedSignalled {
  readonly added: number;
  readonly known: number;
  /** Larger than an event may be. */
  readonly refused: number;
}

export async function appendSignalled(deps: Deps, input: AppendSignalledInput): Promise<AppendedSignalled> {
  const all = input.events.map((event, index) => toEvent(input, event, index));
  const events = all.filter(({ body }) => body.length <= MAX_EVENT_BYTES);
  const { events: appended } = await appendEvents(deps.store.pool, events);
  const known = appended.filter((event: AppendedEvent) => event.known).length;
  return { added: appended.length - known, known, refused: all.length - events.length };
}

function toEvent({ system, stream, signal }: AppendSignalledInput, event: SignalledEvent, index: number): NewEvent {
  const { id, record, body, content_type: contentType = 'application/json' } = event;
  const made = createHash('sha256').update(`${signal}/${index}`).digest('hex').slice(0, 32);
  return {
    system,
    stream,
    eventId: id ?? `sig_${made}`,
    contentType: contentType.toLowerCase(),
    body: Buffer.from(body ?? JSON.stringify(record ?? null)),
  };
}
