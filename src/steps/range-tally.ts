// Sorts the records of a range into known and new. With `each` a raw record is decoded here, since only what is in it
// tells how many records it holds: counts and batches are of those.

import { lagBucket } from '../domain/arrival.ts';
import {
  ACCEPTED,
  EntryWriter,
  FILTERED,
  flagOf,
  type KeyEntry,
  QUARANTINED,
  UNREADABLE,
} from '../fingerprint/entries.ts';
import { childFingerprint, findGroup, groupMarks } from '../fingerprint/groups.ts';
import { type FingerprintTable, UNKNOWN } from '../fingerprint/index-table.ts';
import type { Decoded } from '../formats/format.ts';
import type { ItemDecoder, ReadItem } from '../sources/source.ts';
import { Fault } from '../transform/fault.ts';
import type { Explode } from '../transform/explode.ts';
import type { FetchedRecord } from './batch-cache.ts';
import type { Deps } from './deps.ts';
import type { RunContext } from './run-context.ts';

interface TallyCounts {
  read: number;
  unchanged: number;
  quarantined: number;
  unreadable: number;
  filtered: number;
  /** Raw records, which with `each` hold any number of records. */
  raw: number;
}

export class RangeTally {
  readonly counts: TallyCounts = { read: 0, unchanged: 0, quarantined: 0, unreadable: 0, filtered: 0, raw: 0 };
  keptBytes = 0;
  readonly kept: FetchedRecord[] = [];
  readonly seen = new EntryWriter();
  /** New raw records, as long as they may be asked for again. */
  readonly items: ReadItem[] = [];
  /** By bucket, where the source says when records changed and this read follows another one. */
  readonly arrival: Record<string, number> = {};
  readonly #deps: Deps;
  readonly #run: RunContext;
  readonly #known: FingerprintTable;
  readonly #decoder: ItemDecoder;
  readonly #explode: Explode | null;

  constructor(
    deps: Deps,
    { run, known }: { readonly run: RunContext; readonly known: FingerprintTable },
    decoder: ItemDecoder,
  ) {
    this.#deps = deps;
    this.#run = run;
    this.#known = known;
    this.#decoder = decoder;
    // What a replay reads was taken out of its raw record when it failed.
    this.#explode = run.run.kind === 'replay' ? null : run.explode;
  }

  add(item: ReadItem): void {
    const { position, bytes, received } = item;
    const fingerprint = item.fingerprint ?? this.#deps.hasher.fingerprint(bytes);
    this.counts.raw++;
    if (this.#explode !== null) return this.#addGroup(item, fingerprint, this.#explode);
    const at = this.#known.locate(fingerprint);
    if (at !== UNKNOWN) {
      this.seen.addWords(this.#known.words, at, position);
      return this.#countKnown(flagOf(this.#known.words, at));
    }
    this.#take(item);
    this.#keep({ position, fingerprint, bytes, received, decode: () => this.#decoder.decode(item) });
    this.keptBytes += bytes.length;
  }

  /** Places of the records inside are places of their bytes: a record takes at least one, so none meets the next. */
  #addGroup(item: ReadItem, fingerprint: bigint, explode: Explode): void {
    const { position, bytes, received } = item;
    const known = findGroup(this.#known, fingerprint);
    if (known !== undefined) {
      const { head, records } = known;
      for (const [index, record] of records.entries())
        this.#addKnown({ ...record, fingerprint: childFingerprint(fingerprint, index), position: position + index });
      return this.#mark(fingerprint, { head, size: records.length, position });
    }
    this.#take(item);
    const { decoded, parentKey } = explodeItem(this.#decoder.decode(item), explode);
    for (const [index, one] of decoded.entries())
      this.#keep({
        position: position + index,
        fingerprint: childFingerprint(fingerprint, index),
        bytes,
        received,
        decode: () => one,
      });
    this.keptBytes += bytes.length;
    const head = parentKey === null ? null : this.#deps.hasher.keyHash(parentKey);
    this.#mark(fingerprint, { head, size: decoded.length, position });
  }

  #take(item: ReadItem): void {
    const { plan } = this.#run.run;
    if (plan?.passing === true) this.items.push(item);
    if (plan?.watermark === undefined || item.changedAt === undefined) return;
    const bucket = lagBucket(plan.watermark - item.changedAt);
    this.arrival[bucket] = (this.arrival[bucket] ?? 0) + 1;
  }

  #mark(fingerprint: bigint, group: Parameters<typeof groupMarks>[1]): void {
    for (const mark of groupMarks(fingerprint, group)) this.seen.add(mark);
  }

  #keep(record: FetchedRecord): void {
    this.counts.read++;
    this.kept.push(record);
  }

  #addKnown(entry: KeyEntry): void {
    this.seen.add(entry);
    this.#countKnown(Number(entry.flag));
  }

  #countKnown(flag: number): void {
    const { counts } = this;
    counts.read++;
    if (flag === KNOWN.accepted) counts.unchanged++;
    else if (flag === KNOWN.filtered) counts.filtered++;
    else if (flag === KNOWN.quarantined || flag === KNOWN.unreadable) counts.quarantined++;
    if (flag === KNOWN.unreadable) counts.unreadable++;
  }
}

/** Flags as numbers. */
const KNOWN = {
  accepted: Number(ACCEPTED),
  filtered: Number(FILTERED),
  quarantined: Number(QUARANTINED),
  unreadable: Number(UNREADABLE),
};

/** A raw record that cannot be taken apart counts as one record, which is quarantined. */
function explodeItem(
  decoded: Decoded,
  explode: Explode,
): { readonly decoded: readonly Decoded[]; readonly parentKey: string | null } {
  if (!decoded.ok) return { decoded: [decoded], parentKey: null };
  const exploded = explode(decoded.record);
  if (!(exploded instanceof Fault)) {
    const { records, parentKey } = exploded;
    return { decoded: records.map((record) => ({ ok: true, record })), parentKey };
  }
  const { rule, message } = exploded.toViolation(null);
  return { decoded: [{ ok: false, rule, message }], parentKey: null };
}
