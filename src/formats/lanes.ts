// Decoders with two lanes: a fast one that takes what it is certain about, and the reference for everything else.

import type { Decode, Decoded, RawRecord } from './format.ts';

/** Counts what each lane takes. `fast` returns null for a record that it leaves to `reference`. */
export function createDecode(
  reference: (raw: RawRecord) => Decoded,
  fast?: (raw: RawRecord) => Decoded | null,
): Decode {
  const lanes = { fast: 0, reference: 0 };
  const decode = (raw: RawRecord): Decoded => {
    const decoded = fast?.(raw);
    if (decoded) {
      lanes.fast++;
      return decoded;
    }
    lanes.reference++;
    return reference(raw);
  };
  return Object.assign(decode, { lanes, reference });
}
