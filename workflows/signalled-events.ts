// What a signal of a system says: every shape must be survived, since a failed workflow task would stop the stream.

import type { SignalledEvent } from '../src/steps/append-signalled.ts';

const MOST = 1_000;

/** The events of a payload; a sentence where it is malformed. */
export function signalledEvents(payload: unknown): readonly SignalledEvent[] | string {
  if (!isObject(payload)) return 'expected {"events": [{"id": "…", "record": {…}}]}, or one such event';
  const { events } = payload;
  if (events === undefined) return checked([payload]);
  if (!Array.isArray(events) || events.length === 0) return '`events` must be a list that is not empty';
  return events.length > MOST ? `\`events\` may have ${MOST} at most` : checked(events);
}

function checked(events: readonly unknown[]): readonly SignalledEvent[] | string {
  const known: SignalledEvent[] = [];
  for (const event of events) {
    if (!isObject(event)) return 'an event must be an object with `record` or `body`';
    const { id, record, body, content_type: type } = event;
    if (id !== undefined && (typeof id !== 'string' || id === '' || id.length > 200))
      return '`id` must be a text of at most 200 characters';
    if ((record === undefined) === (body === undefined)) return 'an event must have either `record` or `body`';
    if (body !== undefined && typeof body !== 'string') return '`body` must be text';
    if (type !== undefined && (typeof type !== 'string' || type.length > 200)) return '`content_type` must be text';
    known.push({
      ...(id === undefined ? {} : { id }),
      ...(body === undefined ? { record } : { body }),
      ...(type === undefined ? {} : { content_type: type }),
    });
  }
  return known;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
