// ISO 8601 date-times: `2021-02-08T12:30:00+08:00`; a space for the T, no seconds, any number of decimals.

import type { Stamp } from './date-format.ts';

const ISO =
  /^(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?(?: ?(Z)| ?([+-])(\d\d)(?::?(\d\d))?)?$/i;

/** Null when the text is none, or names a day or time that does not exist. Decimals beyond milliseconds are cut. */
export function readIso(text: string): Stamp | null {
  const parts = ISO.exec(text);
  if (parts === null) return null;
  const [, year, month, day, hour, minute, second = '0', decimals = '0', utc, sign, offsetHours, offsetMinutes = '0'] =
    parts;
  const fields = [year, month, day, hour, minute, second].map(Number);
  const localMs = toUtc(fields) + Number(decimals.slice(0, 3).padEnd(3, '0'));
  if (Number.isNaN(localMs)) return null;
  if (utc !== undefined) return { localMs, offsetMinutes: 0 };
  if (sign === undefined) return { localMs, offsetMinutes: null };
  const offset = Number(offsetHours) * 60 + Number(offsetMinutes);
  if (offset > 18 * 60 || Number(offsetMinutes) > 59) return null;
  return { localMs, offsetMinutes: sign === '-' ? -offset : offset };
}

/** NaN for fields that do not exist, which Date would carry over. */
function toUtc([year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0]: readonly number[]): number {
  if (hour > 23 || minute > 59 || second > 59) return Number.NaN;
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return Number.NaN;
  return date.setUTCHours(hour, minute, second);
}
