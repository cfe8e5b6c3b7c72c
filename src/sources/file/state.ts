// What the file source keeps between calls: its plan and its positions. Both are stored as JSON, so both are parsed.
//
//   file ──▶ parts: the file itself, or the entries of a zip ──▶ ranges: pieces of a part, or several parts together

import { z } from 'zod';

const plannedFile = z.strictObject({
  /** Relative to the connection's folder. */
  path: z.string(),
  size: z.int().positive(),
  mtimeMs: z.number(),
  sha256: z.string(),
});

const packed = z.strictObject({
  method: z.enum(['gzip', 'deflate', 'store']),
  /** Where the packed bytes stand in the file. */
  start: z.int().nonnegative(),
  size: z.int().nonnegative(),
  /** As a zip says; a gzip proves its own. */
  unpackedSize: z.int().nonnegative().nullable(),
  crc: z.int().nonnegative().nullable(),
});

const plannedPart = z.strictObject({
  file: z.int().nonnegative(),
  /** The name in the zip. */
  entry: z.string().nullable(),
  /** Null: the bytes of the file as they lie. */
  packed: packed.nullable(),
  /** Of the bytes that are read, after unpacking. */
  size: z.int().positive(),
  /** Where its records end: before a trailer, or at the end. */
  end: z.int().positive(),
  encoding: z.string(),
  /** The context that positions in this part have when they carry none of their own: the header of CSV. */
  context: z.unknown(),
});

const filePosition = z.strictObject({
  part: z.int().nonnegative(),
  /** In the unpacked bytes of the part. */
  offset: z.int().nonnegative(),
  /** Null at the start of a part, and where the planned context holds, which keeps positions small. */
  context: z.unknown(),
  /** An earlier part of this range could not be proven whole. */
  unproven: z.literal(true).optional(),
});

const filePlan = z.strictObject({
  files: z.array(plannedFile),
  parts: z.array(plannedPart),
  /** Where each range begins; it ends where the next one does. */
  ranges: z.array(filePosition),
  /** For `files: since`: what need not be read again. */
  seen: z.array(z.string()),
});

export type PlannedFile = Readonly<z.infer<typeof plannedFile>>;
export type PlannedPart = Readonly<z.infer<typeof plannedPart>>;
export type Packed = Readonly<z.infer<typeof packed>>;
export type FilePlan = Readonly<z.infer<typeof filePlan>>;
export type FilePosition = Readonly<z.infer<typeof filePosition>>;

export const parsePlan = (plan: unknown): FilePlan => filePlan.parse(plan);
export const parsePosition = (position: unknown): FilePosition => filePosition.parse(position);

/** Positions of records: the part's number times this, plus the offset. With fewer than 256 parts they stay below 2^50. */
export const PART_SPAN = 2 ** 42;
export const MAX_PARTS = 256;

/** How a part is called in messages. */
export function partName({ path }: { readonly path: string }, entry: string | null): string {
  return entry === null ? path : `${path}: ${entry}`;
}
