// POST …/events: from them, readable, durable; then it is answered.
//
//   limits ─▶ body ─▶ authentication ─▶ unpacked ─▶ records ─▶ inbox ─▶ intake woken ─▶ (outcome) ─▶ answer

import type { IncomingMessage } from 'node:http';
import { eventReading, mediaType, MEDIA_TYPES, type MediaType } from '../domain/event-body.ts';
import { SyncError } from '../domain/errors.ts';
import type { AppendedEvent, EventStream, StoredEvent } from '../store/inbox.ts';
import { type Accepted, MAX_WAIT_S } from './api.ts';
import { type Answer, json } from './answer.ts';
import { authenticate, deliveryOf } from './authenticate.ts';
import { checkBody, malformed, readBody, unpack } from './body.ts';
import type { ReceiverDeps } from './deps.ts';
import { eventAnswer } from './event-answer.ts';
import { type Part, partsOf } from './records.ts';
import type { Request } from './request.ts';
import type { OpenStream, OpenSystem } from './systems.ts';

export async function postEvents(
  deps: ReceiverDeps,
  { message: request, query, found, memory }: Request,
): Promise<Answer> {
  const { system: systemName = '', stream: streamName = '' } = found;
  const system = deps.systems().get(systemName);
  if (system === undefined) throw notFound(`no system ${systemName} may send events`);
  const stream = system.streams.get(streamName);
  if (stream === undefined) throw notFound(`no sync takes events of ${systemName}/${streamName}`);
  const waitMs = waitOf(query);
  checkBody(request);
  const sent = await readBody(request, memory);
  const { publicUrl } = deps;
  const received = authenticate(system, deliveryOf(request, { body: sent, publicUrl, now: deps.now() }));
  if (received.kind === 'answer')
    return { status: 200, headers: { 'content-type': received.contentType }, body: received.body };
  checkRate(deps, system);
  const contentType = (request.headers['content-type'] ?? '').trim().toLowerCase();
  const media = mediaOf(contentType);
  const body = await unpack(received.body, request.headers['content-encoding']);
  const parts = partsOf(body, readingOf(stream, media, requestIdOf(request, stream) ?? received.eventId));
  const address = { system: system.name, stream: stream.name };
  const events = parts.map(({ eventId, body: bytes }: Part) => ({ ...address, eventId, contentType, body: bytes }));
  const appended = events.length === 0 ? { events: [], asleep: [] } : await deps.append(events);
  for (const one of appended.asleep) deps.wake(one);
  count(deps, address, appended.events);
  memory.release();
  return accepted(
    appended.events,
    waitMs === 0 ? [] : await outcomes(deps, appended.events, { stream: address, waitMs }),
  );
}

function waitOf(query: URLSearchParams): number {
  const waits = query.getAll('wait');
  if (waits.length === 0) return 0;
  const seconds = /^(\d{1,2})s$/.exec(waits[0] ?? '')?.[1];
  if (waits.length > 1 || seconds === undefined || Number(seconds) > MAX_WAIT_S)
    throw malformed(`expected \`wait\` once, as seconds from 0s to ${MAX_WAIT_S}s`);
  return Number(seconds) * 1000;
}

function checkRate(deps: ReceiverDeps, { name, rate, waiting }: OpenSystem): void {
  if (!rate.take(deps.now()))
    throw new SyncError('request.too_many', {
      message: `${name} has sent more requests in a second than its \`rate\` allows`,
      details: { headers: { 'retry-after': '1' } },
    });
  if (deps.waiting(name, waiting) > waiting)
    throw new SyncError('request.too_many', {
      message: `more than ${waiting} events of ${name} wait to be merged`,
      details: { headers: { 'retry-after': '30' } },
    });
}

function mediaOf(contentType: string): MediaType {
  const media = mediaType(contentType);
  if (media !== null) return media;
  const found = contentType === '' ? 'none' : contentType;
  throw new SyncError('request.media_type', {
    message: `expected a Content-Type such as ${Object.keys(MEDIA_TYPES).join(', ')}; found ${found}`,
    details: { headers: { accept: Object.keys(MEDIA_TYPES).join(', ') } },
  });
}

function requestIdOf({ headersDistinct }: IncomingMessage, { eventId }: OpenStream): string | null {
  if (eventId === null || !('header' in eventId)) return null;
  const values = headersDistinct[eventId.header.toLowerCase()] ?? [];
  if (values.length > 1) throw malformed(`the header ${eventId.header} stands more than once`);
  return values[0] ?? null;
}

function readingOf(open: OpenStream, media: MediaType, requestId: string | null): Parameters<typeof partsOf>[1] {
  const stream = eventReading(open.stream, open.events, media);
  if (media.format === 'xml' && stream.record === '')
    throw new SyncError('request.media_type', {
      message: 'of XML the sync has to say where the records stand: `when.events.record`',
    });
  const { eventId } = open;
  return { stream, requestId, idPath: eventId !== null && 'path' in eventId ? eventId.path : null };
}

function count({ counters }: ReceiverDeps, address: EventStream, events: readonly AppendedEvent[]): void {
  const labels = { system: address.system, stream: address.stream };
  const known = events.filter((event) => event.known).length;
  if (events.length > known) counters.add('tributary_events_received_total', labels, events.length - known);
  if (known > 0) counters.add('tributary_events_repeated_total', labels, known);
}

async function outcomes(
  deps: ReceiverDeps,
  events: readonly AppendedEvent[],
  { stream, waitMs }: { readonly stream: EventStream; readonly waitMs: number },
): Promise<readonly (StoredEvent | undefined)[]> {
  const ids = events.map(({ id }) => id);
  await deps.settled(stream, ids, waitMs);
  // The events are durable: that their outcome cannot be read now is no reason to have them sent again.
  return Promise.all(ids.map((id) => deps.outcome(id).catch(() => undefined)));
}

function accepted(events: readonly AppendedEvent[], stored: readonly (StoredEvent | undefined)[]): Answer {
  const answer: Accepted = {
    events: events.map(({ id, eventId, known }, index) => {
      const event = stored[index];
      const outcome = event === undefined ? {} : { outcome: eventAnswer(event) };
      return { id, event_id: eventId, known, href: hrefOf(id), ...outcome };
    }),
  };
  const done = stored.length > 0 && stored.every((event) => event?.state === 'done');
  const [only] = events;
  const location = only !== undefined && events.length === 1 ? { location: hrefOf(only.id) } : {};
  return json(done ? 200 : 202, answer, location);
}

function hrefOf(id: number): string {
  return `/v1/events/${id}`;
}

export function notFound(message: string): SyncError {
  return new SyncError('request.not_found', { message });
}
