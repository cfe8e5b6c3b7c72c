// Match: which CRM record a claim means. Evidence in, judgement out; pure.

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

/** CRM records by field and normalised value. */
export type Candidates = ReadonlyMap<string, ReadonlyMap<string, readonly string[]>>;

export type MatchOutcome =
  | { readonly kind: 'link'; readonly crmId: string; readonly by: string }
  | { readonly kind: 'create' }
  | { readonly kind: 'review'; readonly reason: string; readonly candidates: readonly string[] };

export interface MatchEvidence {
  readonly keys: readonly MatchKey[];
  readonly candidates: Candidates;
  /** A person's word, which outranks the keys. */
  readonly same: string | null;
  readonly notSame: ReadonlySet<string>;
}

/**
 * In order: a judgement `same`; then key by key, strong ones first. The first key with a hit decides: one hit links, two
 * or more go to review. No hit at all creates. Never chains: one key's hit is not used to look further.
 */
export function match(evidence: MatchEvidence): MatchOutcome {
  if (evidence.same !== null) return { kind: 'link', crmId: evidence.same, by: 'judgement' };
  for (const key of evidence.keys) {
    const hits = (evidence.candidates.get(key.field)?.get(key.value) ?? []).filter((id) => !evidence.notSame.has(id));
    const [first, second] = hits;
    if (second !== undefined) {
      return {
        kind: 'review',
        reason: `${hits.length} CRM records have the same ${key.field}`,
        candidates: hits.slice(0, 20),
      };
    }
    if (first !== undefined) return { kind: 'link', crmId: first, by: key.field };
  }
  return { kind: 'create' };
}
