// The last line of CSV and NDJSON: without a line end it may be the beginning of a longer one (`2,bo` of `2,bob`).

import { SyncError } from '../domain/errors.ts';
import { CR, LF } from './byte-window.ts';
import type { Decode, Decoded, RawRecord } from './format.ts';
import { refuse } from './verdicts.ts';

const PROBLEM = 'has no line end, so it may be cut off; if files of this stream end so, set `last_line: accept`';

export function lastLineError(offset: number): SyncError {
  const message = `the last line, which begins at byte ${offset}, ${PROBLEM}`;
  return new SyncError('source.truncated', { message, details: { offset } });
}

export function refuseUnfinished(): Decoded {
  return refuse('record.unfinished', `the last line ${PROBLEM}`);
}

/** Refuses the line without a line end; the others are decoded with theirs. */
export function holdLastLine(decode: Decode): Decode {
  return Object.assign(held(decode), { lanes: decode.lanes, reference: held(decode.reference) });
}

function held(decode: (raw: RawRecord) => Decoded): (raw: RawRecord) => Decoded {
  return (raw) => (finishedLine(raw.bytes) === null ? refuseUnfinished() : decode(raw));
}

/** The line without its line end; null when it has none. */
export function finishedLine(line: Uint8Array): Uint8Array | null {
  const last = line.length - 1;
  if (line[last] === CR) return line.subarray(0, last);
  if (line[last] !== LF) return null;
  return line.subarray(0, line[last - 1] === CR ? last - 1 : last);
}
