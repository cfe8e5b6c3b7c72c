// Formats of dates and times: luxon's tokens, strictly matched. Shared by `date` and `datetime`.

import { DateTime } from 'luxon';
import { z } from 'zod';

import { invalid } from '../../expressions/invalid.ts';

const formatText = z.string({ error: 'expected a format such as yyyy-MM-dd' }).min(1, { error: 'expected a format' });
export const formatsSchema = z.union(
  [formatText, z.array(formatText).min(1, { error: 'expected at least one format' })],
  {
    error: 'expected a format such as yyyy-MM-dd, or a list of them',
  },
);

/** The fields of a stamp as written, and its offset if the format has one. */
export interface Stamp {
  /** Milliseconds since 1970 as if the fields were UTC. */
  readonly localMs: number;
  readonly offsetMinutes: number | null;
}

/** Null when the text is not of the format, or names a day that does not exist. */
export type StampReader = (text: string) => Stamp | null;

export interface StampFormat {
  readonly format: string;
  readonly hasOffset: boolean;
  readonly read: StampReader;
}

const MAX_TEXT = 100;
const HOUR_MS = 3_600_000;
// All parts differ and most have two digits, so that a format that lacks one does not find its way back.
const PROBE = DateTime.utc(1987, 12, 9, 16, 45, 38, 210);

/** Compiles a format; throws `config.invalid` when it does not say year, month and day. */
export function compileFormat(name: string, format: string): StampFormat {
  const tokens = format.replace(/'[^']*'/g, '');
  if (tokens.includes('z')) {
    throw invalid(`${name}: the format \`${format}\` reads names of time zones, which is not supported`);
  }
  const [local] = /[DfFtT]/.exec(tokens) ?? [];
  if (local !== undefined) {
    throw invalid(
      `${name}: ${local} in the format \`${format}\` is no part of a date; write yyyy MM dd HH mm ss, and letters in quotes such as 'T'`,
    );
  }
  const hasOffset = tokens.includes('Z');
  const read = createReader(format, hasOffset);
  const probe = read(PROBE.toFormat(format, { locale: 'en-US' }));
  const day = Math.floor(PROBE.toMillis() / (24 * HOUR_MS));
  if (probe === null || Math.floor(probe.localMs / (24 * HOUR_MS)) !== day) {
    throw invalid(`${name}: the format \`${format}\` does not say year, month and day, such as yyyy-MM-dd`);
  }
  if (/h/.test(tokens) && new Date(probe.localMs).getUTCHours() !== PROBE.hour) {
    throw invalid(`${name}: the format \`${format}\` does not say which half of the day; write HH, or h with a`);
  }
  return { format, hasOffset, read };
}

/** Formats joined for a message: `"yyyy-MM-dd" or "yyyy/M/d"`. */
export function joinFormats(formats: readonly StampFormat[]): string {
  return formats.map(({ format }) => `"${format}"`).join(' or ');
}

function createReader(format: string, hasOffset: boolean): StampReader {
  // English names of months and days, and ASCII digits, whatever the machine's locale.
  const locale = { locale: 'en-US', numberingSystem: 'latn' } as const;
  const parser = DateTime.buildFormatParser(format, locale);
  return (text) => {
    if (text.length > MAX_TEXT) return null;
    const parsed = DateTime.fromFormatParser(text, parser, { ...locale, zone: 'utc', setZone: hasOffset });
    if (!parsed.isValid) return null;
    const localMs = parsed.toMillis() + parsed.offset * 60_000;
    return { localMs, offsetMinutes: hasOffset ? parsed.offset : null };
  };
}
