// Cuts a read into ranges of about the same size, which several readers may take at the same time.

import type { FramePosition } from '../../formats/format.ts';
import type { FilePosition } from './state.ts';

/** A part as far as its ranges are concerned. */
export interface PartSpan {
  readonly size: number;
  readonly context: unknown;
  readonly splits: readonly FramePosition[];
}

/** Where each range begins. Small parts stand together in one, a part with splits begins at one of its own. */
export function rangesOf(parts: readonly PartSpan[], rangeBytes: number): readonly FilePosition[] {
  const starts: FilePosition[] = [];
  let bytes = 0;
  parts.forEach(({ size, context, splits }, part) => {
    if (starts.length === 0 || splits.length > 0 || bytes + size > rangeBytes) {
      starts.push({ part, offset: 0, context: null });
      bytes = 0;
    }
    bytes += size;
    const planned = JSON.stringify(context);
    for (const split of splits) {
      const own = JSON.stringify(split.context) === planned ? null : split.context;
      starts.push({ part, offset: split.offset, context: own });
      bytes = size - split.offset;
    }
  });
  return starts;
}
