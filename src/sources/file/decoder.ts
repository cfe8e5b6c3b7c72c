// The items of a planned read, and their decoding, each by the decoder of its part.

import type { StreamDefinition } from '../../domain/definition.ts';
import { SyncError } from '../../domain/errors.ts';
import type { Decode, Decoded, Lanes } from '../../formats/format.ts';
import { formats } from '../../formats/registry.ts';
import type { ItemDecoder, ReadItem } from '../source.ts';
import { type FilePlan, type FilePosition, PART_SPAN, parsePosition } from './state.ts';

/** Known by its class, so that its position needs no parsing. */
export class FileItem implements ReadItem {
  readonly position: number;
  readonly bytes: Uint8Array;
  readonly after: FilePosition;
  readonly bytesRead: number;

  constructor(item: ReadItem & { readonly after: FilePosition }) {
    this.position = item.position;
    this.bytes = item.bytes;
    this.after = item.after;
    this.bytesRead = item.bytesRead;
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
    const { part, context } = item instanceof FileItem ? item.after : parsePosition(item.after);
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
