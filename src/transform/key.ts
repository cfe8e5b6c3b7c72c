// A record's key and version: single texts, read by paths.

import type { StreamDefinition } from '../domain/definition.ts';
import { joinKey } from '../domain/keys.ts';
import type { SourceRecord, Violation } from '../domain/values.ts';
import { within } from '../expressions/invalid.ts';
import { Fault, type Outcome } from './fault.ts';
import { compilePath } from './path.ts';
import { unlessShortened } from './spreadsheet.ts';

/** Null when it is absent or empty; what is wrong with the place goes to `violations`. */
export type ReadText = (record: SourceRecord, violations: Violation[]) => string | null;

/** A key of several parts is null as soon as one of them is. Throws `config.invalid`. */
export function compileKey({ key }: StreamDefinition): ReadText {
  const paths = key.map((path, index) =>
    within(['from', 'key', ...(key.length > 1 ? [index] : [])], () => compilePath(path)),
  );
  const [only] = paths;
  if (paths.length === 1 && only !== undefined)
    return (record, violations) => report(keyText(only(record)), violations);
  return (record, violations) => {
    const parts: string[] = [];
    for (const path of paths) {
      const part = report(keyText(path(record)), violations);
      if (part !== null) parts.push(part);
    }
    return parts.length === paths.length ? joinKey(parts) : null;
  };
}

export function compileVersion({ version }: StreamDefinition): ReadText {
  if (version === null) return () => null;
  const path = within(['from', 'version'], () => compilePath(version));
  return (record, violations) => report(singleText(path(record)), violations) || null;
}

/** One part of a key: without white space around it, and null when nothing is left. */
export function keyText(value: Outcome): string | null | Fault {
  const text = singleText(value);
  return typeof text === 'string' ? text.trim() || null : text;
}

function singleText(found: Outcome): string | null | Fault {
  const value = unlessShortened(found);
  if (typeof value === 'string' || value instanceof Fault) return value;
  if (typeof value === 'boolean') return String(value);
  if (value === undefined || value === null) return null;
  return new Fault('mapping.list', 'the key or version is a list; pick one with [0]', value);
}

function report(text: string | null | Fault, violations: Violation[]): string | null {
  if (!(text instanceof Fault)) return text;
  violations.push(text.toViolation(null));
  return null;
}
