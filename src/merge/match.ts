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

/** Match keys that count alike. */
export interface MatchLevel {
  readonly fields: readonly string[];
  readonly strong: boolean;
}

/** Those that decide first in front: all strong keys together, then the others one by one. */
export function matchLevels(object: ObjectDefinition): readonly MatchLevel[] {
  const strong = object.match.filter((field) => object.fields[field]?.strong === true);
  const others = object.match.filter((field) => !strong.includes(field));
  return [
    ...(strong.length === 0 ? [] : [{ fields: strong, strong: true }]),
    ...others.map((field) => ({ fields: [field], strong: false })),
  ];
}

export interface MatchQuestion {
  readonly levels: readonly MatchLevel[];
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
 * used to look further. A strong key identifies on its own: if a person said that its only record is not the same, the
 * data is wrong, and that is a review too.
 */
export function match({ levels, candidates, same, notSame }: MatchQuestion): MatchOutcome {
  if (same !== null) return { kind: 'link', crmId: same, by: 'judgement' };
  for (const { fields, strong } of levels) {
    const named = candidates.filter(({ evidence }) => evidence.some(({ field }) => fields.includes(field)));
    const hits = named.filter(({ crmId }) => !notSame.has(crmId));
    const [first, second] = hits;
    if (first === undefined) {
      if (!strong || named.length === 0) continue;
      const reason = `${reasonOf(fields, named)}, and a person said that it is not the same`;
      return { kind: 'review', reason, candidates: named.slice(0, MAX_CANDIDATES) };
    }
    const by = fields.find((field) => first.evidence.some((one) => one.field === field)) ?? '';
    if (second === undefined) return { kind: 'link', crmId: first.crmId, by, candidate: first };
    return { kind: 'review', reason: reasonOf(fields, hits), candidates: hits.slice(0, MAX_CANDIDATES) };
  }
  return { kind: 'create' };
}

function reasonOf(level: readonly string[], hits: readonly Candidate[]): string {
  const fields = level.filter((field) => hits.some(({ evidence }) => evidence.some((one) => one.field === field)));
  const [only, another] = hits;
  if (another === undefined) return `CRM ${only?.crmId ?? ''} has the same ${fields.join(' and ')}`;
  return fields.length === 1
    ? `${hits.length} CRM records have the same ${fields.join()}`
    : `${fields.join(' and ')} are those of ${hits.length} different CRM records`;
}
