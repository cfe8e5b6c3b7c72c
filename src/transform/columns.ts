// Which names of a record a sync cannot do without: what a header must have. Pure.

import type { FieldMapping, SyncDefinition } from '../domain/definition.ts';
import { fieldsNeeded } from '../expressions/cel.ts';
import { firstName, parseSegments, pathOf } from './path.ts';

/** Whether a sync reads a column, whole or in part. Columns are named as profiles name them: `address.city`. */
export function readsPath({ stream, where, map }: SyncDefinition): (column: string) => boolean {
  const { key, version, operation } = stream;
  const mapped = Object.values(map).flatMap(neededBy).flat();
  const single = [...key, ...(version === null ? [] : [version]), ...(operation === undefined ? [] : [operation.path])];
  const paths = [...single, ...pathsIn([where]), ...mapped];
  const names = paths.map((path) =>
    parseSegments(path)
      .filter((segment) => typeof segment === 'string')
      .join('.'),
  );
  return (column) =>
    names.some((name) => name === column || name.startsWith(`${column}.`) || column.startsWith(`${name}.`));
}

/** What the sync reads and the header lacks, as the paths are written. Of several fallbacks one is enough. */
export function missingColumns(sync: SyncDefinition, columns: readonly string[]): readonly string[] {
  const present = new Set(columns);
  const { key, version, operation } = sync.stream;
  const mapped = Object.values(sync.map).flatMap(neededBy);
  const marks = [...(version === null ? [] : [version]), ...(operation === undefined ? [] : [operation.path])];
  const single = [...key, ...marks, ...pathsIn([sync.where])];
  const needed = [...single.map((path) => [path]), ...mapped];
  const missing = needed.filter((paths) => !paths.some((path) => present.has(firstName(path))));
  return [...new Set(missing.map((paths) => paths.join(' or ')))];
}

/** Of a field: its paths, and what its expressions read as `record.name` without asking `has(record.name)`. */
function neededBy({ from, cel, when }: FieldMapping): readonly (readonly string[])[] {
  const paths = pathsIn([cel, when]).map((path) => [path]);
  return from === undefined ? paths : [from, ...paths];
}

function pathsIn(expressions: readonly (string | null | undefined)[]): readonly string[] {
  return expressions.flatMap((source) => (source == null ? [] : fieldsNeeded(source, 'record').map(pathOf)));
}
