// Match: which CRM record a claim means. Candidates with their evidence in, a judgement with its explanation out; pure.
// Keys are one way to judge. Another one, by likeness, would bring candidates with other evidence and answer the same way.

import type { Candidate } from '../domain/claims.ts';
import type { ObjectDefinition } from '../domain/definition.ts';
import { matchKey } from '../domain/field-types.ts';
import type { Fields } from '../domain/values.ts';

/** The keys a claim can be matched by, in the order they are tried. */
export interface MatchKey {
  readonly field: string;
  readonly strong: boolean;
  /** Normalised. */
  readonly value: string;
}

export function matchKeysOf(object: ObjectDefinition, fields: Fields): readonly MatchKey[] {
  return object.match.flatMap((field) => {
    const definition = object.fields[field];
    const value = definition === undefined ? null : matchKey(definition.type, fields[field]);
    return definition === undefined || value === null ? [] : [{ field, strong: definition.strong, value }];
  });
}

/** Match keys that count alike, those that decide first in front: all strong ones together, then the others one by one. */
export function matchLevels(object: ObjectDefinition): readonly (readonly string[])[] {
  const strong = object.match.filter((field) => object.fields[field]?.strong === true);
  const others = object.match.filter((field) => !strong.includes(field));
  return [...(strong.length === 0 ? [] : [strong]), ...others.map((field) => [field])];
}

export interface MatchQuestion {
  readonly levels: readonly (readonly string[])[];
  readonly candidates: readonly Candidate[];
  /** A person's word, which outranks all evidence. */
  readonly same: string | null;
  readonly notSame: ReadonlySet<string>;
}

/** `by` and `reason` say why: the key that decided, `judgement`, or what a person is asked. */
export type MatchOutcome =
  | { readonly kind: 'link'; readonly crmId: string; readonly by: string; readonly candidate?: Candidate }
  | { readonly kind: 'create' }
  | { readonly kind: 'review'; readonly reason: string; readonly candidates: readonly Candidate[] };

/** More than anybody reads. */
const MAX_CANDIDATES = 20;

/**
 * In order: a judgement `same`; then level by level. The first level with a hit decides: one record links, two or more
 * go to review, also where two strong keys name one each. No hit at all creates. Never chains: what a hit holds is not
 * used to look further.
 */
export function match({ levels, candidates, same, notSame }: MatchQuestion): MatchOutcome {
  if (same !== null) return { kind: 'link', crmId: same, by: 'judgement' };
  const possible = candidates.filter(({ crmId }) => !notSame.has(crmId));
  for (const level of levels) {
    const hits = possible.filter(({ evidence }) => evidence.some(({ field }) => level.includes(field)));
    const [first, second] = hits;
    if (first === undefined) continue;
    const by = level.find((field) => first.evidence.some((one) => one.field === field)) ?? '';
    if (second === undefined) return { kind: 'link', crmId: first.crmId, by, candidate: first };
    return { kind: 'review', reason: reasonOf(level, hits), candidates: hits.slice(0, MAX_CANDIDATES) };
  }
  return { kind: 'create' };
}

function reasonOf(level: readonly string[], hits: readonly Candidate[]): string {
  const fields = level.filter((field) => hits.some(({ evidence }) => evidence.some((one) => one.field === field)));
  const [only, ...others] = fields;
  return others.length === 0
    ? `${hits.length} CRM records have the same ${only ?? ''}`
    : `${fields.join(' and ')} are those of ${hits.length} different CRM records`;
}
