// Documents in which fuzzing found something once, kept so that it is not found again. As documents rather than as seeds,
// which stand for others when the generator changes: `npm run fuzz -- --show SEED --format FORMAT` prints one.

import type { FuzzCase } from '../../bench/fuzz/cases.ts';
import { type From, streamOf } from '../../bench/fuzz/documents.ts';

export interface FuzzSeed {
  readonly was: string;
  readonly from: From;
  /** The bytes, each as the character of its number. */
  readonly latin1: string;
  readonly sizes: FuzzCase['sizes'];
  readonly everyBytes: number;
}

export function caseOfSeed({ from, latin1, sizes, everyBytes }: FuzzSeed): FuzzCase {
  // Nothing is known of what it was before it was changed.
  return { stream: streamOf(from), bytes: Buffer.from(latin1, 'latin1'), original: Buffer.of(), sizes, everyBytes };
}

const XML: From = { format: 'xml', encoding: 'utf-8', record: 'export/customers/customer' };

export const SEEDS: readonly FuzzSeed[] = [
  {
    was: 'a byte that is not UTF-8 in a record’s own tag ended a resumed read',
    from: XML,
    latin1:
      '<export><customers><customer id="1"><name a="1" b=\'"\'>1</name></customer> <customer id="4"/> ' +
      '<customer \u00BDd="6"/> <customer id="1"><name>-0.50</name></customer></customers></export>',
    sizes: [3, 4, 39],
    everyBytes: 54,
  },
  {
    was: 'the same, in a tag that is broken off',
    from: XML,
    latin1:
      '<?xml version="1.0"?><export><customers><customer id="1"></customer> <!-- > --> <customer id="0\u00C2/> ' +
      '<!-- > --> <customer i<!--d="1"></customer> <customer id="1"><p>a &amp; b</p></customer></customers></export>',
    sizes: [36, 6, 200],
    everyBytes: 49,
  },
  {
    was: 'the same, in the name of an attribute',
    from: XML,
    latin1:
      '<export xmlns:p="urn:p" at=">"><meta a=\'"\'><customer/></meta><customers><customer id="1"><no>1</no></customer>' +
      '<customer \u00C9d="1"><p>m\u0016eta a &a a &amp; b&#228;</p><customer>a b</customer></customer></customers></export>',
    sizes: [28, 6, 68],
    everyBytes: 99,
  },
  {
    was: 'the byte 0xFF at the beginning of a row of windows-1252 was lost',
    from: { format: 'csv', encoding: 'windows-1252', csv: { escape: '\\' } },
    latin1: 'id,name,note\r\n,note\r\u00FF\r\n',
    sizes: [8, 1, 248],
    everyBytes: 85,
  },
];
