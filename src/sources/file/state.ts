// What the file source keeps between calls: its plan and its positions. Both are stored as JSON, so both are parsed.

import { z } from 'zod';

const plannedFile = z.strictObject({
  /** Relative to the connection's folder. */
  path: z.string(),
  size: z.int().positive(),
  mtimeMs: z.number(),
  sha256: z.string(),
  encoding: z.string(),
  /** The context that positions in this file have when they carry none of their own: the header of CSV. */
  context: z.unknown(),
});

const filePlan = z.strictObject({ files: z.array(plannedFile).min(1) });

const filePosition = z.strictObject({
  file: z.int().nonnegative(),
  offset: z.int().nonnegative(),
  /** Null at the start of a file, and where the planned context holds, which keeps positions small. */
  context: z.unknown(),
  /** An earlier file of this read could not be proven whole. */
  unproven: z.literal(true).optional(),
});

export type PlannedFile = Readonly<z.infer<typeof plannedFile>>;
export type FilePlan = Readonly<z.infer<typeof filePlan>>;
export type FilePosition = Readonly<z.infer<typeof filePosition>>;

export const parsePlan = (plan: unknown): FilePlan => filePlan.parse(plan);
export const parsePosition = (position: unknown): FilePosition => filePosition.parse(position);

export const FIRST: FilePosition = { file: 0, offset: 0, context: null };

/** Positions of records: the file's number times this, plus the offset. With fewer than 256 files they stay below 2^50. */
export const FILE_SPAN = 2 ** 42;
export const MAX_FILES = 256;
