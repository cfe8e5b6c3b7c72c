// The file source: exports in a folder, found by a pattern.

import type { StreamDefinition } from '../../domain/definition.ts';
import { SyncError } from '../../domain/errors.ts';
import type { PlanContext, ReadAt, ReadPlan, Source } from '../source.ts';
import type { Folder } from './folder.ts';
import { noteOf, summaryOf } from './notes.ts';
import { planFiles } from './plan.ts';
import { FileReader } from './reader.ts';
import { MAX_PARTS, parsePlan, parsePosition } from './state.ts';
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
    const files = await this.#survey(stream);
    const plan = await planFiles(files, { ...this.#options, stream, context });
    const parts = files.flatMap((file) => file.parts);
    return {
      ranges: plan.ranges.length,
      plan,
      totalBytes: plan.parts.reduce((sum, { size }) => sum + size, 0),
      notes: files.map((file, index) => noteOf(file, { plan, index })),
      surroundings: describeSurroundings(parts.map(({ surroundings }) => surroundings.description)),
      headers: parts.flatMap(({ name, surroundings: { columns } }) =>
        columns === null ? [] : [{ of: name, columns }],
      ),
    };
  }

  // oxlint-disable-next-line max-params -- the contract's
  read(stream: StreamDefinition, plan: unknown, { range, position }: ReadAt, signal: AbortSignal): FileReader {
    const { folder } = this.#options;
    const from = position === null ? null : parsePosition(position);
    return new FileReader({ folder, stream, plan: parsePlan(plan), range, position: from, signal });
  }

  async check(stream: StreamDefinition): Promise<string> {
    return `${this.#options.shown}: ${summaryOf(await this.#survey(stream))}`;
  }

  /** Nothing is held open between calls. */
  async close(): Promise<void> {}

  async #survey(stream: StreamDefinition): Promise<readonly SurveyedFile[]> {
    const { folder } = this.#options;
    const found = await folder.find(stream.stream);
    if (found.length === 0) throw folder.notFound(stream.stream);
    if (found.length > MAX_PARTS) throw tooMany(stream, found.length);
    const files: SurveyedFile[] = [];
    for (const { path } of found) files.push(await surveyFile(folder, path, stream));
    const parts = files.reduce((sum, file) => sum + file.parts.length, 0);
    if (parts > MAX_PARTS) throw tooMany(stream, parts);
    return files;
  }
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
