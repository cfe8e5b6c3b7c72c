// Reads a range of planned parts in order, from a position, through the framer of their format.

import { createHash, type Hash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import type { StreamDefinition } from '../../domain/definition.ts';
import { SyncError } from '../../domain/errors.ts';
import { isMissing } from '../../domain/system-errors.ts';
import { RangeFramer } from '../../formats/ranges.ts';
import { formats } from '../../formats/registry.ts';
import type { ItemDecoder, ReadItem, SourceReader } from '../source.ts';
import { FileDecoder, FileItem, type FilePlace } from './decoder.ts';
import type { Folder } from './folder.ts';
import { type FilePlan, type FilePosition, partName, type PlannedFile, type PlannedPart } from './state.ts';
import { changed, checkUnchanged, inFile } from './survey.ts';
import { readBytes, unpack } from './unpack.ts';

export interface FileRead {
  readonly folder: Folder;
  readonly stream: StreamDefinition;
  readonly plan: FilePlan;
  readonly range: number;
  /** Null: the start of the range. */
  readonly position: FilePosition | null;
  readonly signal: AbortSignal;
}

interface OpenPart {
  readonly handle: FileHandle;
  readonly file: PlannedFile;
  readonly part: PlannedPart;
  readonly from: number;
  readonly framer: RangeFramer;
  /** Of the whole file; null when it is not read from its first byte to its last. */
  readonly hash: Hash | null;
  readonly itemsOf: () => readonly ReadItem[];
}

export class FileReader implements SourceReader {
  readonly #read: FileRead;
  readonly #start: FilePosition;
  /** Where the range ends; null for the last one. */
  readonly #end: FilePosition | null;
  /** Bytes of the range before the part that is being read, less those before the position. */
  #bytesBefore = 0;
  #bytesRead = 0;
  #unproven: boolean;
  #done = false;

  constructor(read: FileRead) {
    const { plan, range, position } = read;
    const start = position ?? plan.ranges[range];
    if (start === undefined) throw new SyncError('internal.bug', { message: `the plan has no range ${range}` });
    this.#read = read;
    this.#start = start;
    this.#end = plan.ranges[range + 1] ?? null;
    this.#unproven = start.unproven === true;
  }

  get bytesRead(): number {
    return this.#bytesRead;
  }

  /** What was packed can be read on from the middle only by unpacking everything before it again. */
  get costlyToResume(): boolean {
    const { parts } = this.#read.plan;
    return parts.slice(this.#start.part, this.#lastPart + 1).some(({ packed }) => packed !== null);
  }

  async *items(): AsyncGenerator<readonly ReadItem[]> {
    this.#bytesBefore = -this.#start.offset;
    for (let index = this.#start.part; index <= this.#lastPart; index++) {
      this.#read.signal.throwIfAborted();
      yield* this.#part(index);
      this.#bytesBefore += this.#planned(index).size;
    }
    this.#bytesRead = this.#end === null || this.#end.offset === 0 ? this.#bytesBefore : this.#bytesRead;
    this.#done = true;
  }

  decoder(): ItemDecoder {
    return new FileDecoder(this.#read.stream, this.#read.plan);
  }

  /** Proven by the formats of all parts that end in the range, on the owner's word, or by what was checked for the plan. */
  completeness(): 'proven' | 'unproven' {
    const { files, complete, format } = this.#read.stream;
    if (!this.#done || files === 'since') return 'unproven';
    if (!this.#unproven || complete === 'trust') return 'proven';
    const lacksEnd = format === 'csv' || format === 'ndjson';
    return lacksEnd && complete !== 'proven' ? 'proven' : 'unproven';
  }

  get #lastPart(): number {
    if (this.#end === null) return this.#read.plan.parts.length - 1;
    return this.#end.offset === 0 ? this.#end.part - 1 : this.#end.part;
  }

  async *#part(index: number): AsyncGenerator<readonly ReadItem[]> {
    const open = await this.#open(index);
    const { handle, file, framer } = open;
    try {
      await checkUnchanged(handle, file);
      yield* this.#chunks(open);
      await checkUnchanged(handle, file);
      if (open.hash !== null && open.hash.digest('hex') !== file.sha256) {
        throw changed(file.path, 'has other bytes than when the read was planned');
      }
      if (!framer.done && framer.completeness() === 'unproven') this.#unproven = true;
    } catch (error) {
      throw await this.#explain(open, error);
    } finally {
      await handle.close();
    }
  }

  async *#chunks({ part, file, from, framer, hash, itemsOf, ...open }: OpenPart): AsyncGenerator<readonly ReadItem[]> {
    let offset = from;
    for await (const chunk of this.#bytes(open.handle, part, from)) {
      this.#read.signal.throwIfAborted();
      hash?.update(chunk);
      if (offset < part.end) framer.push(chunk.subarray(0, part.end - offset));
      offset += chunk.length;
      const items = itemsOf();
      if (items.length > 0) yield items;
      if (framer.done) return;
    }
    if (offset < part.size) throw changed(file.path, 'is shorter than when the read was planned');
    framer.finish();
    const last = itemsOf();
    if (last.length > 0) yield last;
  }

  async *#bytes(handle: FileHandle, { packed, size }: PlannedPart, from: number): AsyncGenerator<Buffer> {
    const { signal, stream } = this.#read;
    if (packed === null) {
      yield* readBytes(handle, { from, to: size, signal });
      return;
    }
    let skip = from;
    for await (const chunk of unpack({ handle, packed, limits: stream.unpack, signal })) {
      if (chunk.length > skip) yield chunk.subarray(skip);
      skip = Math.max(0, skip - chunk.length);
    }
  }

  async #open(index: number): Promise<OpenPart> {
    const { folder, stream } = this.#read;
    const part = this.#planned(index);
    const file = this.#file(part);
    const { offset, context } = index === this.#start.part ? this.#start : { offset: 0, context: null };
    const from = { offset, context: offset > 0 ? (context ?? part.context) : null };
    const end = this.#end !== null && this.#end.part === index ? this.#end.offset : null;
    const framer = new RangeFramer(
      formats[stream.format].createFramer({ ...stream, encoding: part.encoding }, from),
      end,
    );
    const places = new Places(index, part, this.#unproven);
    const itemsOf = (): readonly ReadItem[] => {
      const items: ReadItem[] = [];
      for (let raw = framer.next(); raw !== null; raw = framer.next()) {
        const { offset: after, context: around } = framer.position();
        this.#bytesRead = this.#bytesBefore + after;
        items.push(new FileItem(raw, places.of(around), { offset: after, bytesRead: this.#bytesRead }));
      }
      return items;
    };
    const whole = offset === 0 && end === null && part.packed === null;
    return {
      handle: await openPlanned(folder, file),
      file,
      part,
      from: offset,
      framer,
      itemsOf,
      hash: whole ? createHash('sha256') : null,
    };
  }

  /** Half-written bytes look ill-formed: when the file has changed, that is what is wrong. */
  async #explain({ handle, file, part }: OpenPart, error: unknown): Promise<unknown> {
    if (!(error instanceof SyncError) || error.code === 'source.changed') return error;
    try {
      await checkUnchanged(handle, file);
    } catch (change) {
      return change;
    }
    return inFile(partName(file, part.entry), error);
  }

  #planned(index: number): PlannedPart {
    const part = this.#read.plan.parts[index];
    if (part === undefined) throw new SyncError('internal.bug', { message: `the plan has no part ${index}` });
    return part;
  }

  #file({ file: index }: PlannedPart): PlannedFile {
    const file = this.#read.plan.files[index];
    if (file === undefined) throw new SyncError('internal.bug', { message: `the plan has no file ${index}` });
    return file;
  }
}

/** Makes places, whose context is left out where it is the planned one. */
class Places {
  readonly #planned: string;
  #seen: unknown = null;
  #place: FilePlace;

  constructor(part: number, { context }: PlannedPart, unproven: boolean) {
    this.#planned = JSON.stringify(context);
    this.#place = { part, context: null, unproven };
  }

  of(context: unknown): FilePlace {
    if (context !== this.#seen) {
      this.#seen = context;
      const isPlanned = JSON.stringify(context) === this.#planned;
      this.#place = { ...this.#place, context: isPlanned ? null : context };
    }
    return this.#place;
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
