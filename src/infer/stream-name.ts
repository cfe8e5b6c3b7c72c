// What a file's name says: the pattern of its successors, and what the records are about.

import { entityOf } from './match-fields.ts';

export interface NamePattern {
  /** As `stream` is written. */
  readonly pattern: string;
  /** The name has a date: of such files the newest counts. */
  readonly dated: boolean;
}

// The longest first: 20261115 holds 202611.
const STAMPS: readonly (readonly [RegExp, string])[] = [
  [/(?<!\d)20\d{2}(0[1-9]|1[0-2])([0-2]\d|3[01])([01]\d|2[0-3])[0-5]\d[0-5]\d(?!\d)/, 'yyyyMMddHHmmss'],
  [/(?<!\d)20\d{2}-(0[1-9]|1[0-2])-([0-2]\d|3[01])(?!\d)/, 'yyyy-MM-dd'],
  [/(?<!\d)20\d{2}_(0[1-9]|1[0-2])_([0-2]\d|3[01])(?!\d)/, 'yyyy_MM_dd'],
  [/(?<!\d)20\d{2}(0[1-9]|1[0-2])([0-2]\d|3[01])(?!\d)/, 'yyyyMMdd'],
  [/(?<!\d)20\d{2}-(0[1-9]|1[0-2])(?!\d)/, 'yyyy-MM'],
  [/(?<!\d)20\d{2}_(0[1-9]|1[0-2])(?!\d)/, 'yyyy_MM'],
  [/(?<!\d)20\d{2}(0[1-9]|1[0-2])(?!\d)/, 'yyyyMM'],
];

/** `customers-2026-11.xml` as `customers-{date:yyyy-MM}.xml`; a name without a date stays as it is. */
export function patternOf(path: string): NamePattern {
  for (const [stamp, format] of STAMPS) {
    if (stamp.test(path)) return { pattern: path.replace(stamp, `{date:${format}}`), dated: true };
  }
  return { pattern: path, dated: false };
}

/** The name's letters, for names of our own: `customers`; empty when there are no Latin ones. */
export function stemOf(path: string): string {
  const name = path.replace(/^.*\//, '').replace(/(\.[A-Za-z0-9]{1,8})+$/, '');
  return name
    .normalize('NFKC')
    .toLowerCase()
    .replaceAll(/[^a-z]+/g, '-')
    .replaceAll(/^-+|-+$/g, '')
    .slice(0, 40);
}

/** What the records are about, as the path of the records or else the file says. */
export function aboutOf(record: string, path: string): string | null {
  const inside = record.split(/[/.]/).toReversed().map(entityOf);
  return inside.find((entity) => entity !== null) ?? entityOf(path.replace(/^.*\//, '').replace(/\.[^.]*$/, ''));
}
