// Changes to a source record as a person gives them: `--set address.city=Berlin`, `--unset fax`, or a whole record.

import { SyncError } from '../domain/errors.ts';
import type { SourceRecord, SourceValue } from '../domain/values.ts';
import { parseJson } from '../formats/json/parse.ts';
import { parseSegments } from '../transform/path.ts';

type Tree = Record<string, SourceValue>;

export interface Change {
  readonly path: string;
  /** Undefined takes the part out. */
  readonly value: string | boolean | undefined;
}

/** `--set PATH=VALUE` as a change; a name with `=` stands in quotes. Errors: `config.usage`. */
export function parseAssignment(text: string): Change {
  const [, path, value] = /^((?:"[^"]*"|[^="])+)=(.*)$/s.exec(text) ?? [];
  if (path === undefined) throw usage(`\`${text}\` is no assignment; expected PATH=VALUE`);
  return { path, value };
}

/** A copy of the record with the changes. Errors: `config.usage` for what is no path, or leads through a value. */
export function changeRecord(record: SourceRecord, changes: readonly Change[]): SourceRecord {
  const copy: Tree = structuredClone<Tree>(record); // plain data
  for (const change of changes) put(copy, change);
  return copy;
}

/** One JSON object as a source record: its numbers become text, every digit kept. Errors: `config.usage`. */
export function readRecord(text: string): SourceRecord {
  const parsed = parseJson(text);
  if (parsed.ok && isTree(parsed.value)) return parsed.value;
  throw usage(parsed.ok ? 'expected one JSON object' : `the record is not JSON: ${parsed.message}`);
}

function put(record: Tree, { path, value }: Change): void {
  const segments = segmentsOf(path);
  let place: Tree | SourceValue[] = record;
  for (const [index, segment] of segments.slice(0, -1).entries()) {
    const next = (place as Tree)[segment];
    if (next === undefined && value === undefined) return;
    const made = next ?? (typeof segments[index + 1] === 'number' ? [] : {});
    if (typeof made !== 'object' || made === null) throw usage(`\`${path}\` leads through a value that has no parts`);
    (place as Tree)[segment] = made;
    place = made as Tree | SourceValue[];
  }
  const last = segments.at(-1) ?? '';
  if (value !== undefined) (place as Tree)[last] = value;
  else if (Array.isArray(place)) place.splice(Number(last), 1);
  else delete place[last];
}

function segmentsOf(path: string): readonly (string | number)[] {
  try {
    const segments = parseSegments(path);
    if (segments.every(isPlace)) return segments;
  } catch {
    // said below
  }
  throw usage(`\`${path}\` is no path; expected one such as email or address.city`);
}

/** A name or an index; not all items at once, nor a name that every object has. */
function isPlace(segment: unknown): segment is string | number {
  return typeof segment === 'number' || (typeof segment === 'string' && !(segment in Object.prototype));
}

function isTree(value: SourceValue): value is SourceRecord {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function usage(message: string): SyncError {
  return new SyncError('config.usage', { message });
}
