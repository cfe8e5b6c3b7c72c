// What a document says by other people's parsers, who see all of it at once.

import { parse } from 'csv-parse/sync';
import { SaxesParser } from 'saxes';
import type { Format, StreamDefinition } from '../../src/domain/definition.ts';
import { parseRecordPath, type RecordStep } from '../../src/domain/record-path.ts';
import type { SourceRecord, SourceValue } from '../../src/domain/values.ts';
import type { Decoded } from '../../src/formats/format.ts';
import { strictDecoder } from '../../src/formats/encodings.ts';

/**
 * What is wrong with the records of a document that was read to its end; null when nothing is known to be.
 *
 * @param records in order; null for one that no decoder could be made for
 */
export function compareRecords(
  stream: StreamDefinition,
  bytes: Buffer,
  records: readonly (Decoded | null)[],
): string | null {
  const text = textOf(bytes, stream.encoding)?.replace(/^\uFEFF/, '');
  if (text === undefined) return null;
  const expected = REFERENCES[stream.format](text, stream);
  if (expected === null) return null;
  if (expected === 'ill-formed') {
    const refused = records.some((decoded) => decoded?.ok === false);
    return refused ? null : 'an ill-formed document was read as if it were well-formed';
  }
  if (expected.length !== records.length) return `${records.length} records were read, there are ${expected.length}`;
  const wrong = records.findIndex(
    (decoded, index) => decoded?.ok === true && expected[index]?.(decoded.record) !== true,
  );
  return wrong === -1 ? null : `record ${wrong} is not what another parser reads there`;
}

function textOf(bytes: Buffer, encoding: string): string | null {
  if (!encoding.startsWith('utf-')) return strictDecoder(encoding)(bytes);
  try {
    return new TextDecoder(encoding, { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return null;
  }
}

/** Whether a record of ours says the same. */
type SameAs = (record: SourceRecord) => boolean;
/** Null where nothing can be said. */
type Expected = readonly SameAs[] | 'ill-formed' | null;

const REFERENCES: Readonly<Record<Format, (text: string, stream: StreamDefinition) => Expected>> = {
  csv: readCsv,
  ndjson: (text) =>
    text
      .split('\n')
      .filter((line) => /[^ \t\r]/.test(line))
      .map((line) => sameAsJson(parseJson(line))),
  json: readJson,
  xml: readXml,
};

/** Null where a quote stands where none may: each such row is refused by itself, and csv-parse gives up. */
function readCsv(text: string, { csv }: StreamDefinition): Expected {
  let rest = text;
  for (let line = 0; line < csv.skipLines; line++) rest = rest.replace(/^[^\r\n]*(\r\n|\r|\n|$)/, '');
  const quote = csv.quote === '' ? null : csv.quote;
  const options = {
    delimiter: csv.delimiter,
    quote: quote ?? false,
    escape: csv.escape ?? quote,
    ...(csv.comment === null ? {} : { comment: csv.comment, comment_no_infix: true }),
    relax_column_count: true,
    skip_empty_lines: true,
    record_delimiter: ['\r\n', '\n', '\r'],
  };
  let rows: readonly (readonly string[])[];
  try {
    rows = parse(rest, options);
  } catch {
    return null;
  }
  const [header = [], ...others] = rows;
  return others.map((row) => (record) => {
    const cells = header.map((name) => record[name.trim()] ?? '');
    return row.length === cells.length && cells.every((cell, index) => cell === row[index]);
  });
}

function readJson(text: string, { record }: StreamDefinition): Expected {
  const value = parseJson(text);
  const found = value === undefined ? null : recordsAt(value, parseRecordPath(record) ?? []);
  return found === null ? 'ill-formed' : found.map(sameAsJson);
}

/** Null where there is no array, and no object instead of the only one. */
function recordsAt(value: unknown, [step, ...rest]: readonly RecordStep[]): readonly unknown[] | null {
  if (step === undefined) return Array.isArray(value) ? value : isObject(value) ? [value] : null;
  if (step !== 'each') return isObject(value) ? recordsAt(value[step.name], rest) : null;
  if (!Array.isArray(value)) return null;
  const lists = value.map((item: unknown) => recordsAt(item, rest));
  return lists.includes(null) ? null : lists.flatMap((list) => list ?? []);
}

/** By the text of its values, as our numbers keep theirs and JSON.parse does not. */
function sameAsJson(value: unknown): SameAs {
  const expected = value === undefined ? undefined : JSON.stringify(withNumbers(value));
  return (record) => JSON.stringify(withNumbers(record)) === expected;
}

function withNumbers(value: unknown): unknown {
  if (typeof value === 'number') return `${value}`;
  if (typeof value === 'string' && /^-?\d[\d.eE+-]*$/.test(value)) {
    const number = parseJson(value);
    return typeof number === 'number' ? `${number}` : value;
  }
  if (Array.isArray(value)) return value.map(withNumbers);
  return isObject(value)
    ? Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, withNumbers(inner)]))
    : value;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Of each record all its texts and attributes, whatever their order: that is the lanes' to agree about. */
function readXml(text: string, { record }: StreamDefinition): Expected {
  const parser = new SaxesParser({ xmlns: true });
  const open: { readonly name: string; text: string }[] = [];
  const records: string[][] = [];
  let failed = false;
  let depth = Infinity;
  parser.on('error', () => (failed = true));
  parser.on('opentag', ({ local, attributes }) => {
    open.push({ name: local, text: '' });
    if (open.length <= depth && open.map(({ name }) => name).join('/') === record) {
      depth = open.length;
      records.push([]);
    }
    if (open.length < depth) return;
    for (const { prefix, name, value } of Object.values(attributes))
      if (prefix !== 'xmlns' && name !== 'xmlns') records.at(-1)?.push(value);
  });
  const addText = (piece: string): void => {
    const last = open.at(-1);
    if (last !== undefined) last.text += piece;
  };
  parser.on('text', addText);
  parser.on('cdata', addText);
  parser.on('closetag', () => {
    const closed = open.pop();
    if (open.length + 1 >= depth && closed !== undefined && /[^ \t\r\n]/.test(closed.text)) {
      records.at(-1)?.push(closed.text);
    }
    if (open.length < depth) depth = Infinity;
  });
  parser.write(text).close();
  if (failed) return 'ill-formed';
  return records.map((texts) => (ours) => textsOf(ours).toSorted().join('\0') === texts.toSorted().join('\0'));
}

function textsOf(value: SourceValue): readonly string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsOf) : [];
}
