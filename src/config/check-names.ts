// What the cross checks share: the names there are, and how an unknown one is reported.

import { describeValue, type Path } from './problems.ts';
import { nearest } from '../domain/suggest.ts';
import type { ProblemInit, YamlFile } from './yaml-file.ts';

/** Adds a problem at a path of the file at hand. */
export type Report = (path: Path, message: string, init?: ProblemInit) => void;

/** The names as they are written, also of parts that are wrong themselves: one mistake is reported once. */
export interface Names {
  readonly connections: ReadonlyMap<string, string>;
  readonly codes: readonly string[];
  /** The fields by object. */
  readonly objects: ReadonlyMap<string, readonly string[]>;
  /** Kinds that can be read from and delivered to; undefined where any kind will do. */
  readonly sourceKinds: ReadonlySet<string> | undefined;
  /** Those of them whose streams are tables and queries. */
  readonly tableKinds: ReadonlySet<string> | undefined;
  readonly destinationKinds: ReadonlySet<string> | undefined;
}

export function collectNames(
  file: YamlFile,
  kinds: Pick<Names, 'sourceKinds' | 'tableKinds' | 'destinationKinds'>,
): Names {
  const connections = file.keys(['connections']).map((name): [string, string] => {
    const kind = file.at(['connections', name, 'kind']);
    return [name, typeof kind === 'string' ? kind : ''];
  });
  const objects = file
    .keys(['objects'])
    .map((name): [string, readonly string[]] => [name, file.keys(['objects', name, 'fields'])]);
  return { connections: new Map(connections), codes: file.keys(['codes']), objects: new Map(objects), ...kinds };
}

interface Expected {
  /** `a connection`, `a field of account`. */
  readonly what: string;
  readonly among: Iterable<string>;
  readonly at?: 'key' | 'value';
}

/** Reports a name that is not among the known ones. */
export function checkName(report: Report, use: Expected & { readonly path: Path; readonly name: string }): boolean {
  const known = [...use.among];
  if (known.includes(use.name)) return true;
  const list = known.length === 0 ? 'there is none' : `${known.slice(0, 8).join(', ')}${known.length > 8 ? ', …' : ''}`;
  report(use.path, `expected ${use.what} (${list}); found ${describeValue(use.name)}`, {
    at: use.at ?? 'value',
    suggestion: nearest(use.name, known),
  });
  return false;
}

/** Reports every name that a list holds twice. */
export function checkUnique(report: Report, path: Path, list: readonly string[]): void {
  for (const [index, name] of list.entries()) {
    if (list.indexOf(name) < index) report([...path, index], `expected each name once; found \`${name}\` again`);
  }
}

/** A connection that exists and whose kind can do what it is used for. */
export function checkConnection(
  report: Report,
  names: Names,
  use: { readonly path: Path; readonly name: string; readonly as: 'source' | 'destination' },
): void {
  if (!checkName(report, { what: 'a connection', among: names.connections.keys(), path: use.path, name: use.name }))
    return;
  const kind = names.connections.get(use.name) ?? '';
  const { sourceKinds, destinationKinds } = names;
  const [able, other] = use.as === 'source' ? [sourceKinds, destinationKinds] : [destinationKinds, sourceKinds];
  // A kind that nobody knows is reported where it is written.
  if (able === undefined || able.has(kind) || other?.has(kind) !== true) return;
  const verb = use.as === 'source' ? 'read from' : 'delivered to';
  report(use.path, `expected a connection that can be ${verb} (${[...able].join(', ')}); \`${use.name}\` is ${kind}`);
}
