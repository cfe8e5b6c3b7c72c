// Reads planned files in order, from a position, through the framer of their format.

import { createHash, type Hash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import type { StreamDefinition } from '../../domain/definition.ts';
import { SyncError } from '../../domain/errors.ts';
import type { Decode, Decoded, Framer } from '../../formats/format.ts';
import { formats } from '../../formats/registry.ts';
import type { ReadItem, SourceReader } from '../source.ts';
import { type Folder, isMissing } from './folder.ts';
import { FILE_SPAN, parsePosition, type FilePlan, type FilePosition, type PlannedFile } from './state.ts';
import { changed, checkUnchanged, inFile } from './survey.ts';

const CHUNK_BYTES = 256 * 1024;

export interface FileRead {
  readonly folder: Folder;
  readonly stream: StreamDefinition;
  readonly plan: FilePlan;
  readonly start: FilePosition;
  readonly signal: AbortSignal;
}

interface OpenFile {
  readonly handle: FileHandle;
  readonly file: PlannedFile;
  readonly framer: Framer;
  /** Of the whole file; null when it is not read from its first byte on. */
  readonly hash: Hash | null;
  readonly itemsOf: () => readonly ReadItem[];
}

export class FileReader implements SourceReader {
  readonly #read: FileRead;
  #unproven: boolean;
  /** A record has been read, here or before the start. */
  #hasRecords: boolean;
  #done = false;
  #decoder: { readonly file: number; readonly context: unknown; readonly decode: Decode } | null = null;

  constructor(read: FileRead) {
    this.#read = read;
    this.#unproven = read.start.unproven === true;
    this.#hasRecords = read.start.file > 0 || read.start.offset > 0;
  }

  async *items(): AsyncGenerator<readonly ReadItem[]> {
    const { plan, start, signal } = this.#read;
    let bytesBefore = 0;
    for (const [index, file] of plan.files.entries()) {
      if (index >= start.file) {
        signal.throwIfAborted();
        yield* this.#file(index, bytesBefore);
      }
      bytesBefore += file.size;
    }
    this.#done = true;
  }

  /** Takes items of any reader of the same plan: all it needs is in the item. */
  decode(item: ReadItem): Decoded {
    const after = item instanceof FileItem ? item.after : parsePosition(item.after);
    const file = this.#planned(after.file);
    const raw = { offset: item.position % FILE_SPAN, bytes: item.bytes };
    const cached = this.#decoder;
    if (cached !== null && cached.file === after.file && cached.context === after.context) return cached.decode(raw);
    const { stream } = this.#read;
    const decode = formats[stream.format].createDecoder(stream, file.encoding, after.context ?? file.context);
    this.#decoder = { file: after.file, context: after.context, decode };
    return decode(raw);
  }

  /**
   * Proven by the formats of all files, or on the owner's word; but that does not hold for a read without a single
   * record: an export that went wrong must not look like one that deletes everything.
   */
  completeness(): 'proven' | 'unproven' {
    if (!this.#done) return 'unproven';
    if (!this.#unproven) return 'proven';
    return this.#read.stream.complete === 'trust' && this.#hasRecords ? 'proven' : 'unproven';
  }

  async *#file(index: number, bytesBefore: number): AsyncGenerator<readonly ReadItem[]> {
    const open = await this.#open(index, bytesBefore);
    const { handle, file, framer } = open;
    try {
      await checkUnchanged(handle, file);
      yield* this.#chunks(open, index === this.#read.start.file ? this.#read.start.offset : 0);
      framer.finish();
      const last = open.itemsOf();
      if (last.length > 0) yield last;
      await checkUnchanged(handle, file);
      if (open.hash !== null && open.hash.digest('hex') !== file.sha256) {
        throw changed(file.path, 'has other bytes than when the read was planned');
      }
      if (framer.completeness() === 'unproven') this.#unproven = true;
    } catch (error) {
      throw await this.#explain(open, error);
    } finally {
      await handle.close();
    }
  }

  async *#chunks({ handle, file, framer, hash, itemsOf }: OpenFile, from: number): AsyncGenerator<readonly ReadItem[]> {
    for (let offset = from; offset < file.size;) {
      this.#read.signal.throwIfAborted();
      // A buffer of its own for each chunk, as records are views of it.
      const room = Buffer.allocUnsafeSlow(Math.min(CHUNK_BYTES, file.size - offset));
      const { bytesRead } = await handle.read(room, 0, room.length, offset);
      if (bytesRead === 0) throw changed(file.path, 'is shorter than when the read was planned');
      const chunk = room.subarray(0, bytesRead);
      hash?.update(chunk);
      framer.push(chunk);
      offset += bytesRead;
      const items = itemsOf();
      if (items.length > 0) yield items;
    }
  }

  async #open(index: number, bytesBefore: number): Promise<OpenFile> {
    const { folder, stream, start } = this.#read;
    const file = this.#planned(index);
    const { offset, context } = index === start.file ? start : { offset: 0, context: null };
    const from = { offset, context: offset > 0 ? (context ?? file.context) : null };
    const framer = formats[stream.format].createFramer({ ...stream, encoding: file.encoding }, from);
    const positions = new Positions(index, file, this.#unproven);
    const itemsOf = (): readonly ReadItem[] => {
      const items: ReadItem[] = [];
      for (let raw = framer.next(); raw !== null; raw = framer.next()) {
        const after = positions.after(framer);
        const position = index * FILE_SPAN + raw.offset;
        items.push(new FileItem({ position, bytes: raw.bytes, after, bytesRead: bytesBefore + after.offset }));
      }
      if (items.length > 0) this.#hasRecords = true;
      return items;
    };
    return {
      handle: await openPlanned(folder, file),
      file,
      framer,
      itemsOf,
      hash: offset === 0 ? createHash('sha256') : null,
    };
  }

  /** Half-written bytes look ill-formed: when the file has changed, that is what is wrong. */
  async #explain({ handle, file }: OpenFile, error: unknown): Promise<unknown> {
    if (!(error instanceof SyncError) || error.code === 'source.changed') return error;
    try {
      await checkUnchanged(handle, file);
    } catch (change) {
      return change;
    }
    return inFile(file.path, error);
  }

  #planned(index: number): PlannedFile {
    const file = this.#read.plan.files[index];
    if (file === undefined) throw new SyncError('internal.bug', { message: `the plan has no file ${index}` });
    return file;
  }
}

class FileItem implements ReadItem {
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

/** Makes positions after records, whose context is left out where it is the planned one. */
class Positions {
  readonly #index: number;
  readonly #planned: string;
  readonly #unproven: boolean;
  #seen: unknown = null;
  #context: unknown = null;

  constructor(index: number, file: PlannedFile, unproven: boolean) {
    this.#index = index;
    this.#planned = JSON.stringify(file.context);
    this.#unproven = unproven;
  }

  after(framer: Framer): FilePosition {
    const { offset, context } = framer.position();
    if (context !== this.#seen) {
      this.#seen = context;
      this.#context = JSON.stringify(context) === this.#planned ? null : context;
    }
    const after = { file: this.#index, offset, context: this.#context };
    return this.#unproven ? { ...after, unproven: true } : after;
  }
}

async function openPlanned(folder: Folder, file: PlannedFile): Promise<FileHandle> {
  try {
    return await folder.open(file.path);
  } catch (error) {
    if (isMissing(error)) throw changed(file.path, 'has disappeared after the read was planned');
    throw folder.unreadable(file.path, error);
  }
}
