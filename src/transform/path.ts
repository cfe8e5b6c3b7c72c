// Paths into source records: `a.b`, `items[0].name`, `items[].name`, `@id`, `#text`, `客户名称`, `"name.with.dots"`.

import type { SourceRecord, SourceValue, Value } from '../domain/values.ts';
import { isList } from '../domain/values.ts';
import { invalid } from '../expressions/invalid.ts';
import { Fault, type Outcome } from './fault.ts';

/** All items of a list. */
export const ALL = Symbol('[]');
/** A name, the place of an item from 0, or all items. */
export type Segment = string | number | typeof ALL;

/** Reads one place of a record: a value, undefined when absent, or a fault. */
export type Path = (record: SourceRecord) => Outcome;

export const TEXT = '#text';
// A name in quotes (a quote inside is written twice), an index or none, or a plain name.
const SEGMENT = /"((?:[^"]|"")*)"|\[(\d{0,6})\]|([^."[\]][^.[\]]*)/y;

/**
 * Compiles a path; throws `config.invalid`.
 *
 * - A name on null is null: what was sent empty on purpose is so with all its parts. A name on text is absent, but
 *   `#text` on text is the text, since XML elements without attributes are decoded as text.
 * - An index on anything but a list counts it as a list of one, since one XML element and many look different.
 * - `[]` gives the rest of the path for every item, end to end in one list, without the items where it is absent.
 * - A name on a list is a fault `mapping.list`; a list of texts at the end passes as a list.
 * - An object at the end stands for its `#text`; without one it is a fault `mapping.object`.
 */
export function compilePath(path: string): Path {
  const segments = parseSegments(path);
  const [first] = segments;
  if (segments.length === 1 && typeof first === 'string') {
    return (record) => (Object.hasOwn(record, first) ? toOutcome(record[first], path) : undefined);
  }
  return (record) => walk(record, { segments, from: 0, path });
}

/**
 * Compiles a path for `to_json`: gives the JSON of an object, or of a list that holds any, as it stands there; undefined
 * for everything else, which paths read. With `[]` at its end it gives a list, also of a single object.
 */
export function compileJsonPath(path: string): (record: SourceRecord) => string | undefined {
  const segments = parseSegments(path);
  const all = segments.at(-1) === ALL;
  const names = all ? segments.slice(0, -1) : segments;
  if (names.includes(ALL))
    throw invalid('`to_json` takes a value as it stands: expected [] at the end of the path only');
  return (record) => {
    let value: SourceValue | undefined | Fault = record;
    for (const name of names) {
      if (name === ALL || value === undefined || value instanceof Fault) break;
      value = step(value, name, path);
    }
    if (value === undefined || value instanceof Fault) return undefined;
    if (isSourceObject(value)) return JSON.stringify(all ? [value] : value);
    return isSourceList(value) && value.some((item) => typeof item === 'object') ? JSON.stringify(value) : undefined;
  };
}

/** The name in the record itself that a path begins with. */
export function firstName(path: string): string {
  return String(parseSegments(path)[0] ?? '');
}

/** The steps of a path: names, and indexes as numbers. Throws `config.invalid`. */
/** A name as the path that reads it: in quotes where it must be. */
export function pathOf(name: string): string {
  return /^[^."[\]]+$/.test(name) ? name : `"${name.replaceAll('"', '""')}"`;
}

export function parseSegments(path: string): readonly Segment[] {
  const segments: Segment[] = [];
  let at = 0;
  while (at < path.length || segments.length === 0) {
    const dot = path[at] === '.';
    const index = path[at] === '[';
    if (segments.length > 0 ? !dot && !index : dot || index) throw malformed(path, at);
    const start = dot ? at + 1 : at;
    SEGMENT.lastIndex = start;
    const match = SEGMENT.exec(path);
    if (match === null || (dot && match[2] !== undefined)) throw malformed(path, start);
    segments.push(toSegment(match));
    at += match[0].length + (dot ? 1 : 0);
  }
  return segments;
}

function toSegment([, quoted, index, plain = '']: RegExpExecArray): Segment {
  if (quoted !== undefined) return quoted.replaceAll('""', '"');
  if (index === undefined) return plain;
  return index === '' ? ALL : Number(index);
}

function malformed(path: string, at: number): Error {
  const example = 'expected a path such as name, address.city, items[0].name or "name.with.dots"';
  return invalid(
    path === '' ? `the path is empty; ${example}` : `\`${path}\` is no path (at character ${at + 1}); ${example}`,
  );
}

interface Walk {
  readonly segments: readonly Segment[];
  readonly from: number;
  /** As written, for faults. */
  readonly path: string;
}

function walk(start: SourceValue, { segments, from, path }: Walk): Outcome {
  let value = start;
  for (let at = from; at < segments.length; at++) {
    const segment = segments[at] ?? '';
    if (segment === ALL) return collect(value, { segments, from: at + 1, path });
    const next: SourceValue | undefined | Fault = step(value, segment, path);
    if (next === undefined || next === null || next instanceof Fault) return next;
    value = next;
  }
  return toOutcome(value, path);
}

function collect(value: SourceValue, rest: Walk): Outcome {
  const items: Value[] = [];
  for (const item of isSourceList(value) ? value : [value]) {
    const made = walk(item, rest);
    if (made instanceof Fault) return made;
    if (made === undefined) continue;
    if (isList(made)) for (const part of made) items.push(part);
    else items.push(made);
  }
  return items;
}

function step(value: SourceValue, segment: string | number, path: string): SourceValue | undefined | Fault {
  if (value === null) return null;
  if (isSourceList(value)) return typeof segment === 'number' ? value[segment] : listFault(path, value);
  if (typeof segment === 'number') return segment === 0 ? value : undefined;
  if (isSourceObject(value)) return Object.hasOwn(value, segment) ? value[segment] : undefined;
  return segment === TEXT ? value : undefined;
}

function toOutcome(value: SourceValue | undefined, path: string): Outcome {
  if (value === undefined || value === null || typeof value !== 'object') return value;
  if (!isSourceList(value)) return textOf(value) ?? objectFault(path, value);
  const items: Value[] = [];
  for (const item of value) {
    const made = isSourceObject(item) ? textOf(item) : item;
    if (made === undefined || isSourceList(made)) return listFault(path, value);
    items.push(made);
  }
  return items;
}

/** The text of an XML element that has attributes too. */
function textOf(value: SourceRecord): string | boolean | null | undefined {
  const text = Object.hasOwn(value, TEXT) ? value[TEXT] : undefined;
  return typeof text === 'object' && text !== null ? undefined : text;
}

function listFault(path: string, value: SourceValue): Fault {
  return new Fault('mapping.list', `\`${path}\` is a list; pick one with [0], or all with []`, value);
}

function objectFault(path: string, value: SourceValue): Fault {
  return new Fault('mapping.object', `\`${path}\` is an object; name the part of it, such as ${path}.name`, value);
}

export function isSourceList(value: SourceValue): value is readonly SourceValue[] {
  return Array.isArray(value);
}

export function isSourceObject(value: SourceValue): value is SourceRecord {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
