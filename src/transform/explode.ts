// One raw record becomes the records inside it: an order its lines. Each sees its own fields, and under `parent` the
// record around it, without the list that it stands in. Pure; compiled once for each definition.

import type { StreamDefinition } from '../domain/definition.ts';
import { joinPrefix } from '../domain/keys.ts';
import type { SourceRecord, SourceValue } from '../domain/values.ts';
import { invalid, within } from '../expressions/invalid.ts';
import { Fault } from './fault.ts';
import { keyText } from './key.ts';
import { ALL, compilePath, firstName, isSourceList, isSourceObject, type Path, parseSegments, TEXT } from './path.ts';

export interface Exploded {
  /** In the order in which they stand there. */
  readonly records: readonly SourceRecord[];
  /** The part of the key that all of them share (`joinPrefix`); null where there is none, or it cannot be read. */
  readonly parentKey: string | null;
}

/** Never throws for anything in the record. */
export type Explode = (record: SourceRecord) => Exploded | Fault;

/** More than this are a record of their own kind: `record` finds them one by one, `each` holds all at once. */
export const MAX_CHILDREN = 100_000;

const RULE = 'record.each';

/**
 * Compiles `each`; null where the stream has none. Throws `config.invalid`.
 *
 * Absent, null and an empty list hold no records. Anything that is no list is a list of one, as XML elements are. An
 * item that is text becomes a record with `#text`. With `[]` inside the path (`shipment[].line`) every record has the
 * shipment as its parent, and the order as its parent's parent.
 */
export function compileExplode(stream: StreamDefinition): Explode | null {
  const { each, parent } = stream;
  if (each === null) return null;
  const levels = within(['from', 'each'], () => parseLevels(each));
  if (stream.key.every((path) => firstName(path) === parent))
    throw invalid(`expected a path in the item itself too; all items of a record have the same \`${parent}\``, [
      'from',
      'key',
    ]);
  const prefix = compilePrefix(stream, levels.length);
  return (record) => {
    const records: SourceRecord[] = [];
    const fault = descend(record, { levels, at: 0, parent, each }, records);
    return fault ?? { records, parentKey: prefix(record) };
  };
}

/** How many of the key's first parts are the same for all records of one raw record. */
export function countParentParts(stream: StreamDefinition): number {
  if (stream.each === null) return 0;
  const depth = parseLevels(stream.each).length;
  const isOfParent = (path: string): boolean => {
    const start = parseSegments(path).slice(0, depth);
    return start.length === depth && start.every((segment) => segment === stream.parent);
  };
  const other = stream.key.findIndex((path) => !isOfParent(path));
  return other === -1 ? 0 : other;
}

type Levels = readonly (readonly string[])[];

function parseLevels(each: string): Levels {
  const levels: string[][] = [[]];
  const segments = parseSegments(each);
  for (const [index, segment] of segments.entries()) {
    if (typeof segment === 'number') throw invalid('`each` takes all items of a list; expected no index');
    if (segment === ALL && index < segments.length - 1) levels.push([]);
    if (typeof segment === 'string') levels.at(-1)?.push(segment);
  }
  if (levels.some((names) => names.length === 0)) throw invalid('expected a name after `[]`');
  return levels;
}

/** The paths of the key's first parts, as they stand in the raw record itself. */
function compilePrefix(stream: StreamDefinition, depth: number): (record: SourceRecord) => string | null {
  const count = countParentParts(stream);
  if (count === 0) return () => null;
  const around: readonly Path[] = stream.key.slice(0, count).map((path) => compilePath(path));
  return (record) => {
    let inside = record;
    for (let level = 0; level < depth; level++) inside = { [stream.parent]: inside };
    const parts = around.map((path) => keyText(path(inside)));
    const texts = parts.filter((part) => typeof part === 'string');
    return texts.length === parts.length ? joinPrefix(texts) : null;
  };
}

interface Descent {
  readonly levels: Levels;
  readonly at: number;
  readonly parent: string;
  readonly each: string;
}

function descend(record: SourceRecord, descent: Descent, records: SourceRecord[]): Fault | null {
  const { levels, at, parent, each } = descent;
  const names = levels[at] ?? [];
  const list = listAt(record, names, each);
  if (list instanceof Fault) return list;
  if (list.length === 0) return null;
  if (records.length + list.length > MAX_CHILDREN)
    return new Fault(RULE, `holds more than ${MAX_CHILDREN} records at \`${each}\`; read them with \`record\` instead`);
  const context = without(record, names);
  for (const item of list) {
    const child = childOf(item, context, descent);
    if (child instanceof Fault) return child;
    const fault = at + 1 < levels.length ? descend(child, { levels, at: at + 1, parent, each }, records) : null;
    if (fault !== null) return fault;
    if (at + 1 === levels.length) records.push(child);
  }
  return null;
}

function listAt(record: SourceRecord, names: readonly string[], each: string): readonly SourceValue[] | Fault {
  let value: SourceValue = record;
  for (const name of names) {
    if (isSourceList(value))
      return new Fault(RULE, `\`${each}\` passes through a list before \`${name}\`; write [] after its name`, value);
    if (!isSourceObject(value))
      return new Fault(RULE, `\`${each}\` finds no object that could hold \`${name}\``, value);
    const next: SourceValue | undefined = Object.hasOwn(value, name) ? value[name] : undefined;
    if (next === undefined || next === null || next === '') return [];
    value = next;
  }
  return isSourceList(value) ? value : [value];
}

function childOf(item: SourceValue, context: SourceRecord, { parent, each }: Descent): SourceRecord | Fault {
  if (isSourceList(item)) return new Fault(RULE, `\`${each}\` holds a list inside the list`, item);
  if (!isSourceObject(item)) return bare({ [TEXT]: item }, { [parent]: context });
  if (!Object.hasOwn(item, parent)) return bare(item, { [parent]: context });
  const message = `\`${each}\` has a \`${parent}\` of its own; name the record around it otherwise with \`parent\``;
  return new Fault(RULE, message, item[parent]);
}

/** The record without what stands at the path, and without objects that held nothing else. */
function without(record: SourceRecord, [name, ...rest]: readonly string[]): SourceRecord {
  const { [name ?? '']: value, ...others } = record;
  if (rest.length === 0 || value === undefined || !isSourceObject(value)) return bare(others);
  const inner = without(value, rest);
  return Object.keys(inner).length === 0 ? bare(others) : bare(others, { [name ?? '']: inner });
}

/** Source records have no prototype: `constructor` is a name like any other. */
function bare(...parts: readonly SourceRecord[]): SourceRecord {
  return Object.assign<object, SourceRecord, SourceRecord>(Object.create(null), parts[0] ?? {}, parts[1] ?? {});
}
