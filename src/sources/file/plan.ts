// Makes a plan of surveyed files: reads everything once.

import type { FileHandle } from 'node:fs/promises';
import type { StreamDefinition } from '../../domain/definition.ts';
import type { PlanContext } from '../source.ts';
import type { Folder } from './folder.ts';
import { digestFile, measurePart, type MeasuredPart, type Measuring } from './measure.ts';
import { rangesOf } from './ranges.ts';
import type { FilePlan, PlannedPart } from './state.ts';
import { checkUnchanged, inFile, type SurveyedFile, withFile } from './survey.ts';
import { SyncError } from '../../domain/errors.ts';

export interface Planning {
  readonly folder: Folder;
  readonly stream: StreamDefinition;
  readonly rangeBytes: number;
  readonly context: PlanContext | undefined;
}

interface MeasuredFile {
  readonly sha256: string;
  readonly parts: readonly MeasuredPart[];
}

/** Throws `source.changed` when somebody writes meanwhile, and what unpacking and framing find. */
export async function planFiles(files: readonly SurveyedFile[], planning: Planning): Promise<FilePlan> {
  const measuring = measuringOf(planning);
  const measured: MeasuredFile[] = [];
  for (const file of files) {
    measured.push(await withFile(planning.folder, file.path, (handle) => measureFile(handle, file, measuring)));
  }
  const parts = files.flatMap((file, index) =>
    file.parts.map((part, number): PlannedPart & Pick<MeasuredPart, 'splits'> => {
      const { size = 0, end = 0, splits = [] } = measured[index]?.parts[number] ?? {};
      const { entry, packed, encoding, surroundings } = part;
      const { context } = surroundings;
      return { file: index, entry, packed, size, end, encoding: encoding.encoding, context, splits };
    }),
  );
  return {
    files: files.map(({ path, size, mtimeMs }, index) => ({
      path,
      size,
      mtimeMs,
      sha256: measured[index]?.sha256 ?? '',
    })),
    parts: parts.map(({ splits: _splits, ...part }) => part),
    ranges: [...rangesOf(parts, planning.rangeBytes)],
  };
}

function measuringOf({ stream, rangeBytes, context }: Planning): Measuring {
  let bytes = 0;
  const progress = (more: number): void => {
    bytes += more;
    context?.progress(bytes);
  };
  return { stream, rangeBytes, count: false, signal: context?.signal, progress };
}

async function measureFile(handle: FileHandle, file: SurveyedFile, measuring: Measuring): Promise<MeasuredFile> {
  await checkUnchanged(handle, file);
  const sha256 = await digestFile(handle, file, measuring);
  const parts: MeasuredPart[] = [];
  try {
    for (const part of file.parts) {
      try {
        parts.push(await measurePart(handle, { file, part }, measuring));
      } catch (error) {
        throw error instanceof SyncError ? inFile(part.name, error) : error;
      }
    }
  } finally {
    // Half-written bytes look ill-formed: when the file has changed, that is what is wrong.
    await checkUnchanged(handle, file);
  }
  return { sha256, parts };
}
