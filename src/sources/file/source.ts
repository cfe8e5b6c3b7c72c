// The file source: exports in a folder, found by a pattern.

import type { StreamDefinition } from '../../domain/definition.ts';
import { SyncError } from '../../domain/errors.ts';
import type { PlanContext, ReadPlan, Source, SourcePosition } from '../source.ts';
import type { Folder } from './folder.ts';
import { FileReader } from './reader.ts';
import { FIRST, MAX_FILES, parsePlan, parsePosition, type FilePlan, type PlannedFile } from './state.ts';
import { planFile, surveyFile, type SurveyedFile } from './survey.ts';

export class FileSource implements Source {
  readonly #folder: Folder;
  readonly #shown: string;

  constructor(folder: Folder, shown: string) {
    this.#folder = folder;
    this.#shown = shown;
  }

  async plan(stream: StreamDefinition, context?: PlanContext): Promise<ReadPlan> {
    const surveyed = await this.#survey(stream);
    const files: PlannedFile[] = [];
    for (const file of surveyed) files.push(await planFile(this.#folder, file, context));
    const plan: FilePlan = { files };
    return {
      start: FIRST,
      plan,
      totalBytes: totalSize(surveyed),
      notes: surveyed.map((file) => `${file.path}: ${formatSize(file.size)}, ${formatEncoding(file)}`),
      surroundings: describeSurroundings(surveyed),
      headers: surveyed.flatMap(({ path, surroundings: { columns } }) =>
        columns === null ? [] : [{ of: path, columns }],
      ),
    };
  }

  // oxlint-disable-next-line max-params -- the contract's
  read(stream: StreamDefinition, plan: unknown, position: SourcePosition, signal: AbortSignal): FileReader {
    const start = parsePosition(position);
    return new FileReader({ folder: this.#folder, stream, plan: parsePlan(plan), start, signal });
  }

  async check(stream: StreamDefinition): Promise<string> {
    const files = await this.#survey(stream);
    const encodings = [...new Set(files.map(formatEncoding))].join(', ');
    const count = files.length === 1 ? '1 file' : `${files.length} files`;
    return `${this.#shown}: ${count}, ${formatSize(totalSize(files))}, ${encodings}`;
  }

  /** Nothing is held open between calls. */
  async close(): Promise<void> {}

  async #survey(stream: StreamDefinition): Promise<readonly SurveyedFile[]> {
    const found = await this.#folder.find(stream.stream);
    if (found.length === 0) throw this.#folder.notFound(stream.stream);
    const paths = found.map(({ path }) => path);
    if (paths.length > MAX_FILES) {
      throw new SyncError('source.limit', {
        message: `"${stream.stream}" matches ${paths.length} files; one read may have ${MAX_FILES}`,
      });
    }
    const files: SurveyedFile[] = [];
    for (const path of paths) files.push(await surveyFile(this.#folder, path, stream));
    return files;
  }
}

/** One line where all files look alike: another file of the same kind then changes nothing for the known records. */
function describeSurroundings(files: readonly SurveyedFile[]): string {
  const descriptions = files.map(({ surroundings }) => surroundings.description);
  return new Set(descriptions).size === 1 ? (descriptions[0] ?? '') : descriptions.join('\n');
}

function totalSize(files: readonly SurveyedFile[]): number {
  return files.reduce((sum, { size }) => sum + size, 0);
}

function formatEncoding({ encoding: { encoding, by } }: SurveyedFile): string {
  return by === 'guess' && encoding !== 'utf-8' ? `${encoding} (guessed)` : encoding;
}

function formatSize(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  const units = ['kB', 'MB', 'GB', 'TB'];
  const power = Math.min(units.length, Math.floor(Math.log10(bytes) / 3));
  return `${(bytes / 1000 ** power).toFixed(1)} ${units[power - 1] ?? ''}`;
}
