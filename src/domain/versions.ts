// How a source writes down when a record changed: counters, instants, or any other text. Ordered exactly, never by guess.

import { canonicalise, compareValues } from './field-types.ts';

const NUMBER = /^[+-]?\d+(\.\d+)?$/;
const INSTANT = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2})(?::(\d{2})(?:\.(\d+))?)?(?:\s?(Z|[+-]\d{2}(?::?\d{2})?))?)?$/;

export interface Instant {
  /** Milliseconds since 1970, cut to whole seconds. */
  readonly ms: number;
  /** Decimal digits of a second, without trailing zeros. */
  readonly fraction: string;
}

/** The instant that a text means, or null. Without a zone it is read as UTC: the same on every machine. */
export function instantOf(text: string): Instant | null {
  const [, date, time = '00:00', seconds = '00', fraction = '', zone = 'Z'] = INSTANT.exec(text) ?? [];
  if (date === undefined) return null;
  const [, hours, minutes = '00'] = /^([+-]\d{2}):?(\d{2})?$/.exec(zone) ?? [];
  const ms = Date.parse(`${date}T${time}:${seconds}${hours === undefined ? 'Z' : `${hours}:${minutes}`}`);
  return Number.isNaN(ms) ? null : { ms, fraction: fraction.replace(/0+$/, '') };
}

/**
 * Total order of two source versions: numbers by size (`9` before `10`), instants by time whatever their zone and
 * precision, everything else by code unit. Mixed kinds have a fixed order too: numbers, instants, other texts. Zero when
 * both say the same in different words.
 */
export function compareSourceVersions(a: string, b: string): number {
  if (a === b) return 0;
  const left = kindOf(a);
  const right = kindOf(b);
  if (left.rank !== right.rank) return left.rank - right.rank;
  if (left.number !== undefined && right.number !== undefined)
    return compareValues('decimal', left.number, right.number);
  return (left.ms ?? 0) - (right.ms ?? 0) || byText(left.text, right.text);
}

interface Kind {
  readonly rank: number;
  /** Canonical. */
  readonly number?: string;
  readonly ms?: number;
  readonly text: string;
}

function kindOf(text: string): Kind {
  const number = NUMBER.test(text) ? canonicalise('decimal', text) : null;
  if (number?.ok === true) return { rank: 0, number: String(number.value), text };
  const instant = instantOf(text);
  return instant === null ? { rank: 2, text } : { rank: 1, ms: instant.ms, text: instant.fraction };
}

function byText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
