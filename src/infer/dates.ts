// Formats of dates: the fewest that read the values of a column.

import type { ApplyStep } from '../domain/definition.ts';
import { Fault } from '../transform/fault.ts';
import { compileStep } from '../transform/steps.ts';
import type { Cell } from './columns.ts';

// In the order in which they are tried: where two read the same values, the first one counts.
export const DATES = [
  'yyyy-MM-dd',
  'yyyy/M/d',
  'yyyy-M-d',
  'yyyy.M.d',
  'yyyy年M月d日',
  'd.M.yyyy',
  'd/M/yyyy',
  'M/d/yyyy',
  'd-M-yyyy',
  'd MMM yyyy',
  'yyyyMMdd',
];
export const DATETIMES = [
  'yyyy-MM-dd HH:mm:ss',
  'yyyy-MM-dd HH:mm',
  'yyyy/M/d H:mm:ss',
  'yyyy/M/d H:mm',
  'yyyy-M-d H:mm:ss',
  'yyyy-M-d H:mm',
  'd.M.yyyy H:mm:ss',
  'd.M.yyyy H:mm',
  'd/M/yyyy H:mm:ss',
  'd/M/yyyy H:mm',
  'M/d/yyyy H:mm:ss',
  'M/d/yyyy H:mm',
  'yyyy年M月d日 H:mm',
  'yyyyMMddHHmmss',
];

export interface Reading {
  readonly step: ApplyStep;
  readonly matched: number;
  /** Completes `398 of 400 values are …`. */
  readonly says: string;
}

export interface Asked {
  readonly fn: 'date' | 'datetime';
  readonly formats: readonly string[];
  /** For date-times without an offset. */
  readonly zone: string;
  /** The column is named like a date: digits alone may then be one. */
  readonly named: boolean;
}

const MAX_FORMATS = 3;
/** Whatever a format could read: most columns hold no dates, and trying all formats costs. */
const DATE_LIKE = /^\d{1,4}\s?[-/.年]\s?\d{1,2}\s?[-/.月]|^\d{1,2} [A-Za-z]{3} \d{4}|^\d{8}(\d{6})?$/;
/** A further format must read this share of all values: a typing error is no format. */
const WORTH = 0.005;

/** Null when nothing is read. */
export function readDates(cells: readonly Cell[], asked: Asked): Reading | null {
  const texts = cells.map(({ text }) => text.trim());
  if (texts.filter((text) => DATE_LIKE.test(text)).length <= texts.length / 2) return null;
  if (asked.fn === 'datetime') {
    const iso = texts.filter(reads({ fn: 'datetime', args: null })).length;
    if (iso > texts.length / 2)
      return { step: { fn: 'datetime', args: null }, matched: iso, says: 'date-times with an offset (ISO 8601)' };
  }
  const formats = choose(texts, asked);
  const [first] = formats;
  if (first === undefined) return null;
  const format = formats.length === 1 ? first : formats;
  const step = { fn: asked.fn, args: asked.fn === 'date' ? { format } : { format, zone: asked.zone } };
  const matched = texts.filter(reads(step)).length;
  const what = asked.fn === 'date' ? 'dates' : `date-times without an offset, taken for ${asked.zone}`;
  return { step, matched, says: `${what} (${formats.join(', ')})${doubt(texts, formats)}` };
}

function choose(texts: readonly string[], { fn, formats, zone, named }: Asked): readonly string[] {
  const readers = formats
    .filter((format) => named || /[^a-zA-Z]/.test(format))
    .map((format) => ({ format, read: reads({ fn, args: fn === 'date' ? { format } : { format, zone } }) }));
  const chosen: string[] = [];
  let left = texts;
  while (left.length > 0 && chosen.length < MAX_FORMATS) {
    const counted = readers.map(({ format, read }) => ({ format, read, matched: left.filter(read).length }));
    const most = counted.reduce((best, one) => (one.matched > best.matched ? one : best));
    if (most.matched === 0 || most.matched < texts.length * WORTH) break;
    chosen.push(most.format);
    left = left.filter((text) => !most.read(text));
  }
  return chosen;
}

function reads(step: ApplyStep): (text: string) => boolean {
  const compiled = compileStep(step);
  return (text) => !(compiled(text, { record: {} }) instanceof Fault);
}

/** Where no day is beyond 12, nothing tells days from months. */
function doubt(texts: readonly string[], formats: readonly string[]): string {
  const [format = ''] = formats;
  if (!/^d\/M\/yyyy|^d-M-yyyy/.test(format)) return '';
  const swapped = format.replace(/^d(.)M/, 'M$1d');
  const both = texts.filter(reads({ fn: 'date', args: { format: swapped } })).length;
  return both === texts.length ? `; ${swapped} reads them all as well, decide which it is` : '';
}
