// Functions that the project brings along, as mappings call them: `my.normalise_code`.

import type { SyncDefinition } from './definition.ts';

export const USER_PREFIX = 'my.';

export interface UserFunctionUse {
  /** The exported function. */
  readonly name: string;
  /** Inside the map: `['code', 'apply', 0]`. */
  readonly path: readonly (string | number)[];
}

/** Every place of a mapping that calls a function of the project. */
export function userFunctionsIn(map: SyncDefinition['map']): readonly UserFunctionUse[] {
  return usesIn(map, []);
}

function usesIn(value: unknown, path: UserFunctionUse['path']): readonly UserFunctionUse[] {
  if (Array.isArray(value)) return value.flatMap((item: unknown, index) => usesIn(item, [...path, index]));
  if (typeof value !== 'object' || value === null) return [];
  if ('fn' in value && 'args' in value && typeof value.fn === 'string')
    return value.fn.startsWith(USER_PREFIX) ? [{ name: value.fn.slice(USER_PREFIX.length), path }] : [];
  return Object.entries(value).flatMap(([key, part]) => usesIn(part, [...path, key]));
}
