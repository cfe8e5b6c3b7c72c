// What the values of a column are, by trying: a function that reads four of five values is the right one.

import type { ApplyStep } from '../domain/definition.ts';
import type { SourceRecord } from '../domain/values.ts';
import { Fault, type Outcome } from '../transform/fault.ts';
import { compileStep, isSettled } from '../transform/steps.ts';
import type { Cell, Column } from './columns.ts';
import { DATES, DATETIMES, type Reading, readDates } from './dates.ts';
import type { Meaning } from './meaning.ts';

export type KindName =
  | 'email'
  | 'phone'
  | 'boolean'
  | 'date'
  | 'datetime'
  | 'integer'
  | 'decimal'
  | 'country'
  | 'currency'
  | 'uscc'
  | 'codes'
  | 'text';

export interface Kind {
  readonly name: KindName;
  /** The functions that read it. */
  readonly apply: readonly ApplyStep[];
  /** Values that are of the kind, of those looked at. */
  readonly matched: number;
  readonly of: number;
  /** For a person: `398 of 400 values are e-mail addresses`. */
  readonly says: string;
  /** Of codes: the different values, the most frequent first. */
  readonly codes?: readonly string[];
}

/** What else in the sample helps to read a column. */
export interface Surroundings {
  /** Paths of columns that hold a country's two letters. */
  readonly countries: readonly string[];
  /** Somebody writes Chinese in these records. */
  readonly chinese: boolean;
}

const LOOKED_AT = 2_000;
const ENOUGH = 0.8;
const EMAIL = /^[a-zA-Z0-9._%+-]+@[a-zA-Z0-9.-]+\.[a-zA-Z]{2,}$/;
// GB 32100-2015: no I, O, S, V, Z.
const USCC = /^[0-9A-HJ-NP-RTUWXY]{2}\d{6}[0-9A-HJ-NP-RTUWXY]{10}$/;

/** The kind of a column. Codes and text are what is left. */
export function kindOf(column: Column, meaning: Meaning, around: Surroundings): Kind {
  const cells = column.values.slice(0, LOOKED_AT);
  const tries = [tryBoolean, tryEmail, tryUscc, tryDates, tryPhone, tryLetters, tryNumber, tryCodes];
  for (const attempt of tries) {
    const kind = attempt({ column, cells, meaning, around });
    if (kind !== null) return kind;
  }
  return { name: 'text', apply: [], matched: cells.length, of: cells.length, says: 'text' };
}

interface Trying {
  readonly column: Column;
  readonly cells: readonly Cell[];
  readonly meaning: Meaning;
  readonly around: Surroundings;
}

function tryBoolean({ cells }: Trying): Kind | null {
  if (cells.length > 0 && cells.every(({ isBoolean }) => isBoolean))
    return found('boolean', [], { cells, matched: cells.length, what: 'true or false' });
  const words = new Set(cells.map(({ text }) => text.trim().toLowerCase()));
  if (words.size > 2 || [...words].every((word) => /^\d+$/.test(word))) return null;
  return tryApply('boolean', [step('boolean')], { cells, what: `yes or no (${[...words].join(', ')})` });
}

function tryEmail({ cells }: Trying): Kind | null {
  const apply = [...widthSteps(cells), step('trim'), step('lower')];
  const outcomes = applied(apply, cells);
  const matched = outcomes.filter((value) => typeof value === 'string' && EMAIL.test(value)).length;
  return enough(matched, cells) ? found('email', apply, { cells, matched, what: 'e-mail addresses' }) : null;
}

function tryUscc({ cells }: Trying): Kind | null {
  const checked = tryApply('uscc', [step('uscc')], {
    cells,
    what: 'unified social credit codes with a right check digit',
  });
  if (checked !== null) return checked;
  const apply = [...widthSteps(cells), step('trim'), step('upper')];
  const outcomes = applied(apply, cells);
  const matched = outcomes.filter((value) => typeof value === 'string' && USCC.test(value)).length;
  const what = 'unified social credit codes by their form; most check digits are wrong';
  return enough(matched, cells) ? found('uscc', apply, { cells, matched, what }) : null;
}

function tryDates({ cells, meaning, around }: Trying): Kind | null {
  const named = /date|time|_at$|_on$|birthday/.test(meaning.attribute ?? '');
  const zone = around.chinese ? 'Asia/Shanghai' : 'UTC';
  const readings: readonly (readonly ['datetime' | 'date', Reading | null])[] = [
    ['datetime', readDates(cells, { fn: 'datetime', formats: DATETIMES, zone, named })],
    ['date', readDates(cells, { fn: 'date', formats: DATES, zone, named })],
  ];
  const [best] = readings.flatMap(([name, reading]) => (reading === null ? [] : [{ name, reading }]));
  if (best === undefined || !enough(best.reading.matched, cells)) return null;
  const { step: how, matched, says } = best.reading;
  return found(best.name, [how], { cells, matched, what: says });
}

const PHONE_LIKE = /^[+(（]?[\d\s().\-–/（）－]{6,30}(\s?(ext|x|转|分机)\.?\s?\d+)?$/i;
const bare = ({ text }: Cell): string => text.normalize('NFKC').replaceAll(/[\s-]/g, '');

const MORE_REGIONS = ['US', 'DE', 'GB', 'FR', 'JP', 'IN'];

function tryPhone({ cells, meaning, around }: Trying): Kind | null {
  const named = ['phone', 'mobile', 'fax'].includes(meaning.attribute ?? '');
  const alike = cells.filter(({ text }) => PHONE_LIKE.test(text.normalize('NFKC').trim())).length;
  const written = cells.filter((cell) => /^\+|^1[3-9]\d{9}$/.test(bare(cell))).length;
  if (!named && !(enough(alike, cells) && enough(written, cells))) return null;
  const wide = widthSteps(cells);
  const attempt = (region: string | null): Kind => {
    const apply = [...wide, region === null ? step('phone') : step('phone', { region })];
    const what = `telephone numbers${region === null ? ' with a country code' : ` of the region ${region}, or with a country code`}`;
    return found('phone', apply, { cells, matched: count(applied(apply, cells)), what });
  };
  const first = mostMatched([null, ...around.countries, 'CN'].map(attempt));
  const kind = enough(first.matched, cells) ? first : mostMatched([first, ...MORE_REGIONS.map(attempt)]);
  return enough(kind.matched, cells) ? kind : null;
}

/** Letters of ISO 3166 and ISO 4217, where the name says which they are. */
function tryLetters({ cells, meaning }: Trying): Kind | null {
  const name = meaning.attribute;
  if (name !== 'country' && name !== 'currency') return null;
  const form = name === 'country' ? /^[A-Za-z]{2}$/ : /^[A-Za-z]{3}$/;
  const matched = cells.filter(({ text }) => form.test(text.trim())).length;
  if (name === 'country' && !enough(matched, cells))
    return tryApply('country', [step('country')], { cells, what: 'names or codes of countries' });
  const what = name === 'country' ? 'two letters, as countries have' : 'three letters, as currencies have';
  return enough(matched, cells) ? found(name, [step('trim'), step('upper')], { cells, matched, what }) : null;
}

const STYLES = [
  { group: ',', point: '.' },
  { group: '.', point: ',' },
  { group: ' ', point: ',' },
  { group: "'", point: '.' },
];
const NOT_NUMBERS = new Set(['id', 'phone', 'mobile', 'fax', 'postal_code', 'bank_account', 'identity_no', 'tax_no']);

function tryNumber({ cells, meaning }: Trying): Kind | null {
  if (NOT_NUMBERS.has(meaning.attribute ?? '')) return null;
  const plain = cells.map(({ text }) => text.normalize('NFKC').trim());
  // A code with leading zeros, or with more digits than a quantity has, is a name made of digits.
  if (plain.some((text) => /^0\d/.test(text) || /^\d{16,}$/.test(text))) return null;
  const wide = widthSteps(cells);
  const whole = plain.filter((text) => /^[+-]?\d+$/.test(text)).length;
  if (enough(whole, cells) && whole === cells.length)
    return found('integer', [...wide, step('integer')], { cells, matched: whole, what: 'whole numbers' });
  const kinds = STYLES.map((style) => {
    const apply = [...wide, step('decimal', style)];
    const example = style.group === "'" ? "1'234.50" : `1${style.group}234${style.point}50`;
    return found('decimal', apply, {
      cells,
      matched: count(applied(apply, cells)),
      what: `numbers such as ${example}`,
    });
  });
  const kind = mostMatched(kinds);
  return enough(kind.matched, cells) ? kind : null;
}

const MAX_CODES = 12;

function tryCodes({ column, cells, meaning }: Trying): Kind | null {
  const { distinct, filled } = column;
  if (distinct < 2 || distinct > MAX_CODES || filled < distinct * 5 || filled < 20 || meaning.attribute === 'id')
    return null;
  const counts = new Map<string, number>();
  for (const { text } of cells) counts.set(text.trim(), (counts.get(text.trim()) ?? 0) + 1);
  const sorted = [...counts].toSorted((a, b) => b[1] - a[1]);
  const codes = sorted.map(([text]) => text);
  if (codes.some((code) => code.length > 24)) return null;
  const says = `${distinct} different values: ${sorted.map(([text, times]) => `${text} (${times})`).join(', ')}`;
  return { name: 'codes', apply: [step('trim')], matched: cells.length, of: cells.length, says, codes };
}

function step(fn: string, args: unknown = null): ApplyStep {
  return { fn, args };
}

/** Full-width characters are made plain where there are any. */
function widthSteps(cells: readonly Cell[]): readonly ApplyStep[] {
  return cells.some(({ text }) => /[\uFF01-\uFF5E\u3000]/.test(text)) ? [step('halfwidth')] : [];
}

function tryApply(
  name: KindName,
  apply: readonly ApplyStep[],
  { cells, what }: { readonly cells: readonly Cell[]; readonly what: string },
): Kind | null {
  const matched = count(applied(apply, cells));
  return enough(matched, cells) ? found(name, apply, { cells, matched, what }) : null;
}

/** What functions make of the values, as a mapping would apply them. */
export function applied(apply: readonly ApplyStep[], cells: readonly Cell[]): readonly Outcome[] {
  const steps = apply.map(compileStep);
  return cells.map(({ text, record }) => runSteps(steps, text, record));
}

function runSteps(steps: readonly ReturnType<typeof compileStep>[], text: string, record: SourceRecord): Outcome {
  let value: Outcome = text;
  for (const one of steps) {
    if (isSettled(value)) return value;
    value = one(value, { record });
  }
  return value;
}

export function count(outcomes: readonly Outcome[]): number {
  return outcomes.filter((value) => value !== undefined && value !== null && !(value instanceof Fault)).length;
}

function enough(matched: number, cells: readonly unknown[]): boolean {
  return cells.length > 0 && matched >= cells.length * ENOUGH;
}

/** The first of those that match most. */
function mostMatched(kinds: readonly Kind[]): Kind {
  const [first, ...others] = kinds;
  if (first === undefined) throw new Error('there is a kind to choose');
  return others.reduce((winner, kind) => (kind.matched > winner.matched ? kind : winner), first);
}

function found(
  name: KindName,
  apply: readonly ApplyStep[],
  { cells, matched, what }: { readonly cells: readonly Cell[]; readonly matched: number; readonly what: string },
): Kind {
  const of = cells.length;
  return { name, apply, matched, of, says: `${matched === of ? 'all' : `${matched} of`} ${of} values are ${what}` };
}
