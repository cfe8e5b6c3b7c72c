// What a case of the tables of mistakes is, and the texts that most of them replace.

import { SYNC, TRIBUTARY, type Files } from './project.ts';

export interface Case {
  readonly title: string;
  /** Replaces text in tributary.yaml. */
  readonly tributary?: readonly [string, string];
  /** Replaces text in syncs/customers.yaml. */
  readonly sync?: readonly [string, string];
  readonly expected: readonly string[];
}

export const NAME_FIELD = 'name: { type: text, required: true }';
export const NAME_MAP = 'name: { from: name, apply: [squash] }';
export const RULE = "{ cel: 'size(name) > 1' }";
const GATE = 'destination: crm\n    fields:\n      external_id';
/** Adds a key to the object `account`. */
export const withObjectKey = (text: string): readonly [string, string] => [
  GATE,
  `destination: crm\n    ${text}\n    fields:\n      external_id`,
];

/** The right files with the case's mistake in them. */
export function filesOf({ tributary, sync }: Case): Files {
  return {
    'tributary.yaml': tributary === undefined ? TRIBUTARY : replaced(TRIBUTARY, tributary),
    'syncs/customers.yaml': sync === undefined ? SYNC : replaced(SYNC, sync),
  };
}

function replaced(text: string, [from, to]: readonly [string, string]): string {
  if (!text.includes(from)) throw new Error(`the case replaces nothing: ${from}`);
  return text.replace(from, () => to);
}
