// The generated customers as a document of each format: the same records, so that every reader must find the same.

import { closeSync, openSync, writeSync } from 'node:fs';
import type { Format, StreamDefinition } from '../../src/domain/definition.ts';
import { badKind, customerAt, type CustomerSet } from '../customer.ts';
import { CUSTOMER_COLUMNS, sourceCells } from '../generate.ts';

export const FORMATS: readonly Format[] = ['csv', 'ndjson', 'json', 'xml'];

const PIECE_CHARS = 64 * 1024;
const NUMERIC = CUSTOMER_COLUMNS.indexOf('credit_limit');

interface Layout {
  readonly head: string;
  readonly between: string;
  readonly tail: string;
  readonly record: (cells: readonly string[]) => string;
}

const LAYOUTS: Readonly<Record<Format, Layout>> = {
  csv: { head: `${CUSTOMER_COLUMNS.join(',')}\n`, between: '\n', tail: '\n', record: csvRow },
  ndjson: { head: '', between: '\n', tail: '\n', record: jsonObject },
  json: {
    head: '{"exported":"2026-11-22","data":{"customers":[\n',
    between: ',\n',
    tail: '\n]}}\n',
    record: jsonObject,
  },
  xml: {
    head: '<?xml version="1.0" encoding="UTF-8"?>\n<export>\n  <customers>\n',
    between: '\n',
    tail: '\n  </customers>\n</export>\n',
    record: xmlElement,
  },
};

/** The stream that reads such a document. */
export function streamOf(format: Format): StreamDefinition {
  return {
    connection: 'files',
    stream: `customers.${format}`,
    files: 'all',
    entry: null,
    settleMs: 0,
    unpack: { ratio: 100, maxBytes: null },
    format,
    record: { csv: '', ndjson: '', json: 'data.customers', xml: 'export/customers/customer' }[format],
    each: null,
    parent: 'parent',
    key: ['cust_no'],
    version: 'updated_at',
    records: 'full',
    empty: 'absent',
    encoding: 'utf-8',
    complete: 'proven',
    many: false,
    lastLine: 'accept',
    csv: { delimiter: ',', quote: '"', escape: null, skipLines: 0, comment: null, columns: null },
    maxRecordBytes: 16 * 1024 * 1024,
  };
}

/** What the export says of the customer at an index, in the order of `CUSTOMER_COLUMNS`. */
export function cellsAt(index: number, set: CustomerSet): readonly string[] {
  return sourceCells(customerAt(index, set), badKind(index, set));
}

/** The whole document, in pieces of about 64 KB. */
export function* documentOf(format: Format, set: CustomerSet): Generator<Buffer> {
  const { head, between, tail, record } = LAYOUTS[format];
  let piece = head;
  for (let index = 0; index < set.rows; index++) {
    if (index > 0) piece += between;
    piece += record(cellsAt(index, set));
    if (piece.length < PIECE_CHARS) continue;
    yield Buffer.from(piece);
    piece = '';
  }
  yield Buffer.from(piece + tail);
}

/**
 * Writes a document of at least so many bytes: the first 20,000 customers again and again, since a reader that keeps
 * nothing cannot tell. Returns how many records it has.
 */
export function writeDocument(format: Format, path: string, bytes: number): number {
  const { head, between, tail, record } = LAYOUTS[format];
  const set = { rows: 20_000, seed: 1 };
  const records = Array.from({ length: set.rows }, (_none, index) => record(cellsAt(index, set)));
  const [first, again] = [Buffer.from(records.join(between)), Buffer.from(between + records.join(between))];
  const file = openSync(path, 'w');
  try {
    let written = writeSync(file, head) + writeSync(file, first);
    let count = set.rows;
    while (written + tail.length < bytes) {
      written += writeSync(file, again);
      count += set.rows;
    }
    writeSync(file, tail);
    return count;
  } finally {
    closeSync(file);
  }
}

function csvRow(cells: readonly string[]): string {
  return cells.map((cell) => (cell.includes(',') ? `"${cell}"` : cell)).join(',');
}

/** One member a column; the credit limit is a number, with the digits it has. */
function jsonObject(cells: readonly string[]): string {
  const members = CUSTOMER_COLUMNS.map((name, index) => {
    const cell = cells[index] ?? '';
    return `"${name}":${index === NUMERIC ? cell : JSON.stringify(cell)}`;
  });
  return `{${members.join(',')}}`;
}

function xmlElement(cells: readonly string[]): string {
  const children = CUSTOMER_COLUMNS.map((name, index) => `      <${name}>${escapeXml(cells[index] ?? '')}</${name}>`);
  return `    <customer>\n${children.join('\n')}\n    </customer>`;
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
