// Text of a record that goes into a violation: short, and storable whatever the record held.

import type { SourceValue } from '../domain/values.ts';

const MAX_VALUE = 200;
const MAX_MESSAGE = 400;
// `\p{Cs}` under the u flag matches lone surrogates only; PostgreSQL stores neither them nor U+0000.
const UNSTORABLE = /[\0\p{Cs}]/gu;

/** The value as a violation shows it: at most 200 characters, lists and objects as JSON. */
export function excerpt(value: SourceValue): string {
  return clean(typeof value === 'string' ? value : toJson(value), MAX_VALUE);
}

/** A message that may quote the record, cut to 400 characters. */
export function cleanMessage(message: string): string {
  return clean(message, MAX_MESSAGE);
}

/** True for text that holds U+0000 or half a surrogate pair: it cannot be stored or sent. */
export function isUnstorable(text: string): boolean {
  return text.search(UNSTORABLE) !== -1;
}

function clean(text: string, max: number): string {
  return text.slice(0, max).replace(UNSTORABLE, '\uFFFD');
}

function toJson(value: SourceValue): string {
  try {
    return JSON.stringify(value);
  } catch {
    return '(nested too deeply to show)';
  }
}
