// The dirt, by kind: which records have it, what it looks like, and what Tributary is to make of it.
// Everything else in the files is clean, so these lists are the expected result.

/** `accepted`: cleaned on the way. `dropped`: the field is left out, the rest accepted. */
export type Outcome = 'quarantined' | 'accepted' | 'dropped' | 'waiting' | 'review';

export interface Case<R> {
  readonly kind: string;
  readonly outcome: Outcome;
  readonly ids: readonly string[];
  /** The record as exported, from the clean one. `nth` counts within the case. */
  readonly spoil: (record: R, nth: number) => R;
}

/** The same key twice in one file. */
export interface Duplicate<R> {
  readonly kind: 'duplicate_same_version' | 'duplicate_older_version';
  readonly ids: readonly string[];
  /** The losing copy, from the winning one. */
  readonly copy: (record: R) => R;
  /** Whether the losing copy stands before the winning one. Of the same version the later position wins. */
  readonly before: boolean;
}

export function applyCases<R>(cases: readonly Case<R>[], id: string, record: R): R {
  return cases.reduce((spoiled, one) => {
    const nth = one.ids.indexOf(id);
    return nth < 0 ? spoiled : one.spoil(spoiled, nth);
  }, record);
}

/** Puts the losing copies of duplicated records in: before the winner, or at the end of the file. */
export function withDuplicates<R>(
  records: readonly R[],
  duplicates: readonly Duplicate<R>[],
  idOf: (record: R) => string,
): R[] {
  const result: R[] = [];
  const end: R[] = [];
  for (const record of records) {
    const duplicate = duplicates.find((one) => one.ids.includes(idOf(record)));
    if (duplicate !== undefined) (duplicate.before ? result : end).push(duplicate.copy(record));
    result.push(record);
  }
  return [...result, ...end];
}

export function idsOf<R>(cases: readonly Case<R>[], ...outcomes: readonly Outcome[]): string[] {
  return cases.filter((one) => outcomes.includes(one.outcome)).flatMap((one) => one.ids);
}

/** ASCII as an input method in full-width mode writes it. */
export function fullWidth(text: string): string {
  return text.replace(/[!-~]/g, (character) => String.fromCodePoint((character.codePointAt(0) ?? 0) + 0xfee0));
}

/** Spoils by replacing a field with the values in turn. */
export function replacing<R>(field: keyof R, values: readonly (string | null)[]): Case<R>['spoil'] {
  return (record, nth) => ({ ...record, [field]: values[nth % values.length] ?? null });
}
