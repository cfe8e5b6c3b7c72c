// Which names of a record a sync cannot do without: what a header must have. Pure.

import type { SyncDefinition } from '../domain/definition.ts';
import { firstName, parseSegments } from './path.ts';

/** Whether a sync reads a column, whole or in part. Columns are named as profiles name them: `address.city`. */
export function readsPath({ stream, map }: SyncDefinition): (column: string) => boolean {
  const { key, version } = stream;
  const paths = [
    ...key,
    ...(version === null ? [] : [version]),
    ...Object.values(map).flatMap(({ from }) => from ?? []),
  ];
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
  const { key, version } = sync.stream;
  const mapped = Object.values(sync.map).flatMap(({ from }) => (from === undefined ? [] : [from]));
  const needed = [...key.map((path) => [path]), ...(version === null ? [] : [[version]]), ...mapped];
  const missing = needed.filter((paths) => !paths.some((path) => present.has(firstName(path))));
  return [...new Set(missing.map((paths) => paths.join(' or ')))];
}
