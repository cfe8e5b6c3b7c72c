// What a record is: something that the source says, or an end.

import type { StreamDefinition } from '../domain/definition.ts';
import type { Operation, SourceRecord } from '../domain/values.ts';
import { within } from '../expressions/invalid.ts';
import { compilePath } from './path.ts';

/** Throws `config.invalid` for a path that is none. */
export function compileOperation({ operation }: StreamDefinition): (record: SourceRecord) => Operation {
  if (operation === undefined) return () => 'upsert';
  const path = within(['from', 'operation', 'from'], () => compilePath(operation.path));
  const meaning = new Map<string, Operation>([
    ...operation.detach.map((value) => [value, 'detach'] as const),
    ...operation.delete.map((value) => [value, 'delete'] as const),
  ]);
  return (record) => {
    const value = path(record);
    return typeof value === 'string' || typeof value === 'boolean'
      ? (meaning.get(String(value).trim()) ?? 'upsert')
      : 'upsert';
  };
}
