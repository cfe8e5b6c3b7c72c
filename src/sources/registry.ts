import { fileSource } from './file/kind.ts';
import { postgresSource } from './postgres/kind.ts';
import type { SourceKind } from './source.ts';

/** Every kind of source by its name, one line each. */
export const sourceKinds: ReadonlyMap<string, SourceKind> = new Map([
  [fileSource.kind, fileSource],
  [postgresSource.kind, postgresSource],
]);
