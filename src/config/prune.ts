// As much of wrong data as is right, so that later checks find the rest of the problems in the same go.

import type { z } from 'zod';

import { flatten } from './issues.ts';
import type { Path } from './problems.ts';
import type { Plain } from './yaml-file.ts';

// Every round mends one mistake.
const MAX_ROUNDS = 1000;

/** What a parse leaves. */
export interface Parsed<T> {
  /** What is right; undefined when nothing is. */
  readonly value: T | undefined;
  /** The path in the file of a path in `value`: they differ where a wrong item was left out of a list. */
  readonly pathInFile: (path: Path) => Path;
}

/** What stands at the top of a file, where any of it may be missing. */
export type Parts<T> = { readonly [K in keyof T]?: T[K] | undefined };

interface Pruning<T> {
  readonly schema: z.ZodType<T>;
  /** The key that was probably meant by an unknown one in the map at a path. */
  readonly meant: (path: Path, key: string) => string | undefined;
}

/** Leaves out one wrong part after the other until the rest is right. A misspelt key counts as the one meant. */
export function parsePrunedly<T>(data: Plain, { schema, meant }: Pruning<T>): Parsed<T> {
  const copy: unknown = structuredClone(data);
  const lists = new WeakMap<object, number[]>();
  const pathInFile = (path: Path): Path => originalPath(copy, { path, lists });
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const result = schema.safeParse(copy);
    if (result.success) return { value: result.data, pathInFile };
    const issue = result.error.issues.slice(0, 1).flatMap(flatten)[0];
    if (issue === undefined) break;
    const path = plainPath(issue.path);
    const [key = ''] = issue.code === 'unrecognized_keys' ? issue.keys : [];
    if (issue.code === 'unrecognized_keys') rename(path.reduce<unknown>(childOf, copy), { key, to: meant(path, key) });
    else if (!remove(copy, { path, lists })) break;
  }
  return { value: undefined, pathInFile };
}

/** Gives a key its right name, if that is free; removes it otherwise. */
function rename(map: unknown, { key, to }: { readonly key: string; readonly to: string | undefined }): void {
  if (!isObject(map)) return;
  if (to !== undefined && !Object.hasOwn(map, to)) Reflect.set(map, to, Reflect.get(map, key));
  Reflect.deleteProperty(map, key);
}

interface Target {
  readonly path: Path;
  /** The original indexes of lists that items were left out of. */
  readonly lists: WeakMap<object, number[]>;
}

/** Removes what stands at the path or, if nothing does, what it is missing from. */
function remove(root: unknown, { path, lists }: Target): boolean {
  const step = path.at(-1);
  if (step === undefined) return false;
  const parent = path.slice(0, -1).reduce<unknown>(childOf, root);
  if (Array.isArray(parent) && typeof step === 'number' && step < parent.length) {
    const indexes = lists.get(parent) ?? parent.map((_item, index) => index);
    indexes.splice(step, 1);
    lists.set(parent, indexes);
    parent.splice(step, 1);
    return true;
  }
  if (isObject(parent) && Object.hasOwn(parent, step)) return Reflect.deleteProperty(parent, step);
  return remove(root, { path: path.slice(0, -1), lists });
}

function originalPath(root: unknown, { path, lists }: Target): Path {
  let here = root;
  return path.map((step) => {
    const indexes = Array.isArray(here) ? lists.get(here) : undefined;
    here = childOf(here, step);
    return typeof step === 'number' ? (indexes?.[step] ?? step) : step;
  });
}

function childOf(value: unknown, step: string | number): unknown {
  return isObject(value) && Object.hasOwn(value, step) ? Reflect.get(value, step) : undefined;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

export function plainPath(path: readonly PropertyKey[]): Path {
  return path.map((step) => (typeof step === 'number' ? step : String(step)));
}
