// Seeds that found something once, kept so that it is not found again.

import type { Format } from '../../src/domain/definition.ts';

export const SEEDS: readonly { readonly format: Format; readonly seed: number; readonly was: string }[] = [
  { format: 'xml', seed: 305, was: 'a byte that is not UTF-8 in a record’s own tag ended a resumed read' },
  { format: 'xml', seed: 819, was: 'the same, in a tag that is broken off' },
  { format: 'xml', seed: 1426, was: 'the same, in the name of an attribute' },
  {
    format: 'json',
    seed: 1_000_762,
    was: 'an object directly after its name, without a colon, was taken for a record',
  },
];
