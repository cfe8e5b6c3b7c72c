// How the body of an event is read: its format by its media type, the rest as the sync says.

import type { EventsDefinition, Format, StreamDefinition } from './definition.ts';

/** The media types that are understood, besides those that end in `+json` and `+xml`. */
export const MEDIA_TYPES: Readonly<Record<string, Format>> = {
  'application/json': 'json',
  'application/x-ndjson': 'ndjson',
  'application/ndjson': 'ndjson',
  'application/jsonl': 'ndjson',
  'text/csv': 'csv',
  'application/xml': 'xml',
  'text/xml': 'xml',
};

export interface MediaType {
  readonly format: Format;
  /** The `charset` that was named, in lower case; null: none was. */
  readonly charset: string | null;
}

/** Of a Content-Type; null for one that is not understood, or none at all. */
export function mediaType(contentType: string): MediaType | null {
  const [type = '', ...parameters] = contentType.toLowerCase().split(';');
  const format = formatOf(type.trim());
  if (format === null) return null;
  const charset = parameters.map((one) => /^\s*charset\s*=\s*"?([a-z0-9_-]+)"?\s*$/.exec(one)?.[1]).find(Boolean);
  return { format, charset: charset ?? null };
}

function formatOf(type: string): Format | null {
  if (Object.hasOwn(MEDIA_TYPES, type)) return MEDIA_TYPES[type] ?? null;
  const suffix = /^[a-z]+\/[a-z0-9!#$&^_.-]+\+(json|xml)$/.exec(type)?.[1];
  return suffix === 'json' || suffix === 'xml' ? suffix : null;
}

/** The sync's stream as the body of an event holds it. A JSON body without a path is one record, or an array of them. */
export function eventReading(
  stream: StreamDefinition,
  events: EventsDefinition,
  { format, charset }: MediaType,
): StreamDefinition {
  const flat = format === 'csv' || format === 'ndjson';
  const usual = format === 'xml' && stream.format === 'xml' ? stream.record : '';
  return {
    ...stream,
    format,
    record: flat ? '' : events.record === '' ? usual : events.record,
    records: events.records,
    encoding: charset ?? (format === 'json' || format === 'ndjson' ? 'utf-8' : 'auto'),
    complete: 'proven',
    // A request is whole: its length says so.
    lastLine: 'accept',
  };
}
