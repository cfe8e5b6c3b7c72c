// From what the batches of a read saw to the index of the next read. Pure.

import { countEntries, flagOf, forEachKey, GROUP, INDEX_WORDS, type Part, QUARANTINED, readEntry } from './entries.ts';
import { KeyCounter } from './key-counter.ts';

/** Of one batch: what it knew already, and what was new. */
export interface KeyBlobs {
  readonly seen: Buffer;
  readonly keys: Buffer;
}

const GROUP_FLAG = Number(GROUP);
/** Quarantined, whether or not its key can be read. */
const BAD_FLAG = Number(QUARANTINED);

/** Every record of the part whose key occurs once, and all marks of groups; the key hashes that are bad as before. */
export function buildIndexPart(
  batches: readonly KeyBlobs[],
  part: Part,
): { readonly entries: Buffer; readonly stillBad: readonly bigint[] } {
  const most = batches.reduce((sum, { seen, keys: fresh }) => sum + countEntries(seen) + countEntries(fresh), 0);
  const keys = new KeyCounter(most / part.of);
  const stillBad: bigint[] = [];
  let marks = 0;
  for (const { seen, keys: fresh } of batches) {
    for (const blob of [seen, fresh]) {
      forEachKey(blob, part, (words, at, index) => {
        const flag = flagOf(words, at);
        if (flag === GROUP_FLAG) marks++;
        else keys.add(words, at + 2);
        if (blob === seen && (flag & BAD_FLAG) !== 0) stillBad.push(readEntry(seen, index).keyHash);
      });
    }
  }
  const entries = new Uint32Array((keys.size - keys.repeated + marks) * INDEX_WORDS);
  let end = 0;
  for (const { seen, keys: fresh } of batches) {
    for (const blob of [seen, fresh]) {
      forEachKey(blob, part, (words, at) => {
        if (flagOf(words, at) !== GROUP_FLAG && keys.isRepeated(words, at + 2)) return;
        for (let word = 0; word < INDEX_WORDS; word++) entries[end++] = words[at + word] ?? 0;
      });
    }
  }
  return { entries: Buffer.from(entries.buffer), stillBad };
}
