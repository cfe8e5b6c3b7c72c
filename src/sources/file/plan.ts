// Makes a plan of surveyed files: reads everything once.

import type { FileHandle } from 'node:fs/promises';
import type { StreamDefinition } from '../../domain/definition.ts';
import { SyncError } from '../../domain/errors.ts';
import type { PlanContext, ReadPlan } from '../source.ts';
import type { Folder } from './folder.ts';
import { digestFile, measurePart, type MeasuredPart, type Measuring } from './measure.ts';
import { openProof } from './proof.ts';
import { rangesOf } from './ranges.ts';
import { type FilePlan, parsePlan, type PlannedFile, type PlannedPart } from './state.ts';
import { checkUnchanged, inFile, type SurveyedFile, withFile } from './survey.ts';

export interface Planning {
  readonly folder: Folder;
  readonly stream: StreamDefinition;
  readonly rangeBytes: number;
  readonly context: PlanContext | undefined;
}

export interface Planned {
  readonly plan: Omit<FilePlan, 'seen'>;
  readonly repeats: ReadPlan['repeats'];
  /** What showed that it is whole, by file, or for all together under null. */
  readonly proofs: ReadonlyMap<string | null, string>;
}

/** Throws `source.changed` when somebody writes meanwhile, `source.incomplete`, and what unpacking and framing find. */
export async function planFiles(surveyed: readonly SurveyedFile[], planning: Planning): Promise<Planned> {
  const { folder, stream, context } = planning;
  const last = context?.last ?? null;
  const rangeBytes = rangeBytesFor(surveyed, planning.rangeBytes);
  const measuring = measuringOf({ ...planning, rangeBytes });
  const files: PlannedFile[] = [];
  for (const file of surveyed) {
    const sha256 = await read(folder, file, (handle) => digestFile(handle, file, measuring));
    files.push({ path: file.path, size: file.size, mtimeMs: file.mtimeMs, sha256 });
  }
  const earlier = last === null ? null : parsePlan(last.plan);
  const repeats = earlier === null ? 'no' : compare(files, earlier.files);
  if (earlier !== null && repeats !== 'no' && last?.sameDefinition === true) {
    return { plan: { files, parts: earlier.parts, ranges: earlier.ranges }, repeats, proofs: new Map() };
  }
  const proof = await openProof({ folder, stream, paths: files.map(({ path }) => path) });
  const measured: (readonly MeasuredPart[])[] = [];
  for (const file of surveyed) {
    const counting = { ...measuring, count: proof.counts };
    measured.push(await read(folder, file, (handle) => measureParts(handle, file, counting)));
  }
  const proofs = proof.verify(files.map((file, index) => ({ ...file, parts: measured[index] ?? [] })));
  return { plan: { files, ...partsOf(surveyed, measured, rangeBytes) }, repeats, proofs };
}

/** Smaller ones where there is little to read, so that several processes have something to do. */
function rangeBytesFor(files: readonly SurveyedFile[], most: number): number {
  const bytes = files.reduce((sum, { size }) => sum + size, 0);
  return Math.min(most, Math.max(most / RANGES, bytes / RANGES));
}

const RANGES = 8;

function compare(now: readonly PlannedFile[], earlier: readonly PlannedFile[]): ReadPlan['repeats'] {
  if (now.length !== earlier.length || !now.every(({ sha256 }, index) => sha256 === earlier[index]?.sha256))
    return 'no';
  const untouched = now.every(({ path, mtimeMs }, index) => {
    const before = earlier[index];
    return before !== undefined && path === before.path && mtimeMs === before.mtimeMs;
  });
  return untouched ? 'files' : 'content';
}

function partsOf(
  surveyed: readonly SurveyedFile[],
  measured: readonly (readonly MeasuredPart[])[],
  rangeBytes: number,
): Pick<FilePlan, 'parts' | 'ranges'> {
  const parts = surveyed.flatMap((file, index) =>
    file.parts.map((part, number): PlannedPart & Pick<MeasuredPart, 'splits'> => {
      const { size = 0, end = 0, splits = [] } = measured[index]?.[number] ?? {};
      const { entry, packed, encoding, surroundings } = part;
      const { context } = surroundings;
      return { file: index, entry, packed, size, end, encoding: encoding.encoding, context, splits };
    }),
  );
  return { parts: parts.map(({ splits: _splits, ...part }) => part), ranges: [...rangesOf(parts, rangeBytes)] };
}

function measuringOf({ stream, rangeBytes, context }: Planning): Measuring {
  let bytes = 0;
  const progress = (more: number): void => {
    bytes += more;
    context?.progress(bytes);
  };
  return { stream, rangeBytes, count: false, signal: context?.signal, progress };
}

/** Half-written bytes look ill-formed: when the file has changed, that is what is wrong. */
function read<T>(folder: Folder, file: SurveyedFile, use: (handle: FileHandle) => Promise<T>): Promise<T> {
  return withFile(folder, file.path, async (handle) => {
    try {
      return await use(handle);
    } finally {
      await checkUnchanged(handle, file);
    }
  });
}

async function measureParts(
  handle: FileHandle,
  file: SurveyedFile,
  measuring: Measuring,
): Promise<readonly MeasuredPart[]> {
  const measured: MeasuredPart[] = [];
  for (const part of file.parts) {
    try {
      measured.push(await measurePart(handle, { file, part }, measuring));
    } catch (error) {
      throw error instanceof SyncError ? inFile(part.name, error) : error;
    }
  }
  return measured;
}
