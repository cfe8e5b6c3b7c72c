// Where a record has its place in the sequence of its stream.
//
//   below 2^50   position in a read         2^50 …   what a run inferred
//   2^51 …       event: 2^51 + inbox id * 2^20 + byte offset in its body
//
// All below 2^53, so that numbers hold them exactly: 6.4 thousand million events.

const EVENTS = 2 ** 51;
/** Bodies are at most so long. */
const SPAN = 2 ** 20;

/** @param offset of the record in the event's body, below 2^20 */
export function placeInEvent(id: number, offset: number): number {
  return EVENTS + id * SPAN + offset;
}

/** The event's id in the inbox; null where the record came with a read. */
export function eventAt(position: number): number | null {
  return position < EVENTS ? null : Math.floor((position - EVENTS) / SPAN);
}
