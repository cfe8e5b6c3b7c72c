// Source values as JSON text that our parser reads back the same.

import type { SourceRecord, SourceValue } from '../../domain/values.ts';
import { isForbiddenName, isRecord } from '../names.ts';
import { checkText, Unwritable } from '../writer.ts';
import { MAX_DEPTH } from './parse.ts';

const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;

/**
 * One value. Throws `Unwritable` with the path of the field from `at` on.
 *
 * @param asNumbers texts that are JSON numbers are written as such
 */
export function stringifyJson(value: SourceValue, at: string, { depth = 1, asNumbers = false } = {}): string {
  if (typeof value === 'string') return asNumbers && NUMBER.test(value) ? value : textOf(value, at);
  if (value === null || typeof value === 'boolean') return String(value);
  if (depth > MAX_DEPTH) throw new Unwritable(at, `is nested deeper than ${MAX_DEPTH} levels`);
  const inside = { depth: depth + 1, asNumbers };
  if (isRecord(value)) {
    const members = Object.entries(value).map(
      ([name, part]) => `${nameText(name, at)}:${stringifyJson(part, pathTo(at, name), inside)}`,
    );
    return `{${members.join(',')}}`;
  }
  return `[${value.map((item, index) => stringifyJson(item, `${at}[${index}]`, inside)).join(',')}]`;
}

/** A whole record, its fields in their order. */
export function stringifyRecord(record: SourceRecord, numbers: ReadonlySet<string>): string {
  const members = Object.entries(record).map(([name, value]) => {
    const options = { depth: 2, asNumbers: numbers.has(name) };
    return `${nameText(name, '')}:${stringifyJson(value, name, options)}`;
  });
  return `{${members.join(',')}}`;
}

function nameText(name: string, at: string): string {
  if (isForbiddenName(name)) throw new Unwritable(pathTo(at, name), 'is a name that readers refuse');
  return textOf(name, pathTo(at, name));
}

function textOf(text: string, at: string): string {
  checkText(text, at);
  return JSON.stringify(text);
}

function pathTo(at: string, name: string): string {
  return at === '' ? name : `${at}.${name}`;
}
