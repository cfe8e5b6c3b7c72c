// The items of a planned read, and their decoding, each by the decoder of its part.

import type { StreamDefinition } from '../../domain/definition.ts';
import { SyncError } from '../../domain/errors.ts';
import type { Decode, Decoded, Lanes, RawRecord } from '../../formats/format.ts';
import { formats } from '../../formats/registry.ts';
import type { ItemDecoder, ReadItem } from '../source.ts';
import { type FilePlan, type FilePosition, PART_SPAN, parsePosition } from './state.ts';

/** What the records of a part have in common as long as their context is the same. */
export interface FilePlace {
  readonly part: number;
  /** Null: the planned one. */
  readonly context: unknown;
  readonly unproven: boolean;
}

/** Known by its class, so that its position needs no parsing; one is made only of the few records that are read on from. */
export class FileItem implements ReadItem {
  readonly position: number;
  readonly bytes: Uint8Array;
  readonly bytesRead: number;
  readonly place: FilePlace;
  readonly #offset: number;

  /** @param offset directly after the record */
  constructor(
    raw: RawRecord,
    place: FilePlace,
    { offset, bytesRead }: { readonly offset: number; readonly bytesRead: number },
  ) {
    this.position = place.part * PART_SPAN + raw.offset;
    this.bytes = raw.bytes;
    this.bytesRead = bytesRead;
    this.place = place;
    this.#offset = offset;
  }

  get after(): FilePosition {
    const { part, context, unproven } = this.place;
    const after = { part, offset: this.#offset, context };
    return unproven ? { ...after, unproven: true } : after;
  }
}

export class FileDecoder implements ItemDecoder {
  readonly #stream: StreamDefinition;
  readonly #plan: FilePlan;
  /** The last one, and what those before it counted. */
  #current: { readonly part: number; readonly context: unknown; readonly decode: Decode } | null = null;
  #before: Lanes = { fast: 0, reference: 0 };

  constructor(stream: StreamDefinition, plan: FilePlan) {
    this.#stream = stream;
    this.#plan = plan;
  }

  get lanes(): Lanes {
    const { fast, reference } = this.#current?.decode.lanes ?? { fast: 0, reference: 0 };
    return { fast: this.#before.fast + fast, reference: this.#before.reference + reference };
  }

  decode(item: ReadItem): Decoded {
    const { part, context } = item instanceof FileItem ? item.place : parsePosition(item.after);
    const raw = { offset: item.position % PART_SPAN, bytes: item.bytes };
    return this.#decoderOf(part, context)(raw);
  }

  #decoderOf(index: number, context: unknown): Decode {
    const current = this.#current;
    if (current !== null && current.part === index && current.context === context) return current.decode;
    const part = this.#plan.parts[index];
    if (part === undefined) throw new SyncError('internal.bug', { message: `the plan has no part ${index}` });
    this.#before = this.lanes;
    const decode = formats[this.#stream.format].createDecoder(this.#stream, part.encoding, context ?? part.context);
    this.#current = { part: index, context, decode };
    return decode;
  }
}
