// The file source: exports in a folder, found by a pattern.

import type { StreamDefinition } from '../../domain/definition.ts';
import { SyncError } from '../../domain/errors.ts';
import type { CheckContext, PlanContext, ReadAt, ReadPlan, Source } from '../source.ts';
import type { Folder, FoundFile } from './folder.ts';
import { listOf, notesOf } from './notes.ts';
import { planFiles } from './plan.ts';
import { FileReader } from './reader.ts';
import { type Selection, selectFiles } from './select.ts';
import { settled } from './settle.ts';
import { type FilePlan, MAX_PARTS, parsePlan, parsePosition } from './state.ts';
import { surveyFile, type SurveyedFile } from './survey.ts';

export interface FileSourceOptions {
  readonly folder: Folder;
  /** How messages name the folder. */
  readonly shown: string;
  readonly rangeBytes: number;
}

export class FileSource implements Source {
  readonly #options: FileSourceOptions;

  constructor(options: FileSourceOptions) {
    this.#options = options;
  }

  async plan(stream: StreamDefinition, context?: PlanContext): Promise<ReadPlan> {
    const last = context?.last?.sameReader === true ? parsePlan(context.last.plan) : null;
    const {
      files: found,
      seen,
      left,
    } = await settled({
      select: () => this.#select(stream, last),
      filesOf: ({ files }) => files,
      settleMs: stream.settleMs,
      context,
    });
    if (found.length === 0) return nothingNew(last, seen);
    const files = await this.#survey(found, stream, context);
    const { plan, repeats, proofs } = await planFiles(files, { ...this.#options, stream, context });
    const parts = files.flatMap((file) => file.parts);
    return {
      ranges: plan.ranges.length,
      plan: { ...plan, seen },
      repeats,
      asOf: found.reduce((oldest, { mtimeMs }) => Math.min(oldest, mtimeMs), Infinity),
      totalBytes: plan.parts.reduce((sum, { size }) => sum + size, 0),
      notes: notesOf(files, { plan, proofs, left }),
      surroundings: describeSurroundings(parts.map(({ surroundings }) => surroundings.description)),
    };
  }

  // oxlint-disable-next-line max-params -- the contract's
  read(stream: StreamDefinition, plan: unknown, { range, position }: ReadAt, signal: AbortSignal): FileReader {
    const { folder } = this.#options;
    const from = position === null ? null : parsePosition(position);
    return new FileReader({ folder, stream, plan: parsePlan(plan), range, position: from, signal });
  }

  async check(stream: StreamDefinition, context?: CheckContext): Promise<string> {
    const { files } = await this.#select(stream, null);
    return `${this.#options.shown}: ${listOf(await this.#survey(files, stream, context))}`;
  }

  /** Nothing is held open between calls. */
  async close(): Promise<void> {}

  /** Throws `source.not_found` where there is no file and never was one. */
  async #select(stream: StreamDefinition, last: FilePlan | null): Promise<Selection> {
    const { folder } = this.#options;
    const found = await folder.find(stream.stream);
    if (found.length === 0 && (stream.files !== 'since' || last === null)) throw folder.notFound(stream.stream);
    const selection = selectFiles(found, stream, last?.seen ?? []);
    if (selection.files.length > MAX_PARTS) throw tooMany(stream, selection.files.length);
    return selection;
  }

  async #survey(
    found: readonly FoundFile[],
    stream: StreamDefinition,
    { missing }: CheckContext = { missing: () => [] },
  ): Promise<readonly SurveyedFile[]> {
    const { folder } = this.#options;
    const files: SurveyedFile[] = [];
    for (const { path } of found) files.push(await surveyFile(folder, path, { stream, missing }));
    const parts = files.reduce((sum, file) => sum + file.parts.length, 0);
    if (parts > MAX_PARTS) throw tooMany(stream, parts);
    return files;
  }
}

/** Where each file is read once: the last read stands for this one. */
function nothingNew(last: FilePlan | null, seen: readonly string[]): ReadPlan {
  const plan: FilePlan = { files: [], parts: [], ranges: [], ...last, seen: [...seen] };
  return { ranges: 0, plan, repeats: 'files', totalBytes: 0, notes: [], surroundings: '' };
}

function tooMany({ stream }: StreamDefinition, count: number): SyncError {
  return new SyncError('source.limit', {
    message: `"${stream}" matches ${count} files; one read may have ${MAX_PARTS}`,
  });
}

/** One line where all parts look alike: another file of the same kind then changes nothing for the known records. */
function describeSurroundings(descriptions: readonly string[]): string {
  return new Set(descriptions).size === 1 ? (descriptions[0] ?? '') : descriptions.join('\n');
}
