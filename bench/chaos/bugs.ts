// Bugs that the campaign must find: each breaks one of the mechanisms that the promises rest on. They live in the loader of
// the campaign's workers; the product has none of this.

/** A piece of a compiled file, which must be there once. */
export interface Edit {
  /** From `dist/`. */
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

export interface Bug {
  readonly what: string;
  readonly edits: readonly Edit[];
  /** Kinds of faults that bring it to light soonest. */
  readonly only: readonly string[];
}

export const BUGS: Readonly<Record<string, Bug>> = {};
