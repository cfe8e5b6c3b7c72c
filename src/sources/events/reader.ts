// Events as a source: the bodies of one batch, each a small document of its own in the format that its content type says.

import type { EventsDefinition, StreamDefinition } from '../../domain/definition.ts';
import { SyncError } from '../../domain/errors.ts';
import { eventReading, mediaType } from '../../domain/event-body.ts';
import { placeInEvent } from '../../domain/places.ts';
import { detectEncoding } from '../../formats/encodings.ts';
import { type Decode, type Decoded, START } from '../../formats/format.ts';
import { formats } from '../../formats/registry.ts';
import type { ReadItem, SourceReader } from '../source.ts';

/** One event's body. */
export interface EventBody {
  readonly id: number;
  readonly contentType: string;
  readonly body: Uint8Array;
  readonly read: number;
  readonly receivedAt: Date;
}

interface Framed {
  readonly item: ReadItem;
  readonly decode: () => Decoded;
}

/** Reads them in order. A body that cannot be read is one record, which cannot be decoded. */
export function readEvents(
  stream: StreamDefinition,
  events: EventsDefinition,
  bodies: readonly EventBody[],
): SourceReader {
  const framed = new Map<number, Framed>();
  let fast = 0;
  let reference = 0;
  return {
    async *items(): AsyncGenerator<readonly ReadItem[]> {
      for (const body of bodies) {
        const records = framesOf(streamOf(stream, events, body), body);
        for (const one of records) framed.set(one.item.position, one);
        yield records.map(({ item }) => item);
      }
    },
    decoder: () => ({
      decode: ({ position }) => {
        const decoded = framed.get(position)?.decode();
        if (decoded === undefined) throw new Error(`no event has the place ${position}`);
        if (decoded.ok) fast++;
        else reference++;
        return decoded;
      },
      get lanes() {
        return { fast, reference };
      },
    }),
    bytesRead: bodies.reduce((sum, { body }) => sum + body.length, 0),
    completeness: () => 'unproven',
    costlyToResume: false,
  };
}

function framesOf(stream: StreamDefinition, event: EventBody): readonly Framed[] {
  try {
    return [...frames(stream, event)];
  } catch (error) {
    if (!(error instanceof SyncError)) throw error;
    const { code, message } = error;
    return [{ item: itemOf(event, 0, event.body), decode: () => ({ ok: false, rule: code, message }) }];
  }
}

function* frames(stream: StreamDefinition, event: EventBody): Generator<Framed> {
  if (event.body.length === 0) throw new SyncError('source.empty', { message: 'the event has no body' });
  const { encoding } = detectEncoding(event.body, stream.encoding);
  const { createFramer, createDecoder } = formats[stream.format];
  const resolved = { ...stream, encoding };
  const framer = createFramer(resolved, START);
  framer.push(Uint8Array.from(event.body)); // framers own what is pushed
  framer.finish();
  let context: unknown;
  let decode: Decode | null = null;
  for (let raw = framer.next(); raw !== null; raw = framer.next()) {
    const { context: now } = framer.position();
    if (decode === null || now !== context) decode = createDecoder(resolved, encoding, now);
    context = now;
    const [record, decoder] = [raw, decode];
    yield { item: itemOf(event, raw.offset, raw.bytes), decode: () => decoder(record) };
  }
}

function itemOf({ id, read, receivedAt }: EventBody, offset: number, bytes: Uint8Array): ReadItem {
  const position = placeInEvent(id, offset);
  return { position, bytes, after: position, bytesRead: 0, received: { read, at: receivedAt.getTime() } };
}

/** What came with a type that none of ours reads stands as the stream does. */
function streamOf(stream: StreamDefinition, events: EventsDefinition, { contentType }: EventBody): StreamDefinition {
  return eventReading(stream, events, mediaType(contentType) ?? { format: stream.format, charset: null });
}
