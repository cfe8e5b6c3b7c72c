// What is told to people about the files of a read.

import type { FilePlan } from './state.ts';
import type { SurveyedFile, SurveyedPart } from './survey.ts';

const SHOWN_PARTS = 10;

const SHOWN_FILES = 20;

export interface Noted {
  readonly plan: Pick<FilePlan, 'parts' | 'ranges'>;
  /** What showed that it is whole, by file, or for all together under null. */
  readonly proofs: ReadonlyMap<string | null, string>;
  /** Files that wait for the next run. */
  readonly left: number;
}

/** A line for each file: its size, how it is packed, its encoding, the ranges it is read in, what proves it whole. */
export function notesOf(files: readonly SurveyedFile[], noted: Noted): readonly string[] {
  const lines = files.slice(0, SHOWN_FILES).map((file, index) => noteOf(file, index, noted));
  if (files.length > SHOWN_FILES) lines.push(`and ${files.length - SHOWN_FILES} more: ${summaryOf(files)} in all`);
  for (const { name, doubts } of files.flatMap(({ parts }) => parts))
    lines.push(...doubts.map((doubt) => `${name}: ${doubt}`));
  const all = noted.proofs.get(null);
  if (all !== undefined) lines.push(`together ${all}`);
  if (noted.left > 0) lines.push(`${noted.left} more files are left for the next run`);
  return lines;
}

function noteOf(file: SurveyedFile, index: number, { plan, proofs }: Noted): string {
  const numbers = plan.parts.flatMap((part, number) => (part.file === index ? [number] : []));
  const ranges = plan.ranges.filter(({ part }) => numbers.includes(part)).length;
  const unpacked = numbers.reduce((sum, number) => sum + (plan.parts[number]?.size ?? 0), 0);
  const packing = file.packing === 'plain' ? [] : [`${file.packing} of ${formatSize(unpacked)}`];
  const entries = file.packing === 'zip' ? [namesOf(file.parts)] : [];
  const cut = ranges > 1 ? [`${ranges} ranges`] : [];
  const proof = proofs.get(file.path);
  return `${file.path}: ${[formatSize(file.size), ...packing, encodingsOf(file.parts), ...cut, ...entries, ...(proof === undefined ? [] : [proof])].join(', ')}`;
}

/** All files in a line, with the names of the first. */
export function listOf(files: readonly SurveyedFile[]): string {
  const names = files.flatMap(({ parts }) => parts.map(({ name }) => name));
  const shown = names.slice(0, SHOWN_PARTS).join(', ');
  const more = names.length > SHOWN_PARTS ? ` and ${names.length - SHOWN_PARTS} more` : '';
  return `${summaryOf(files)}: ${shown}${more}`;
}

function summaryOf(files: readonly SurveyedFile[]): string {
  const size = files.reduce((sum, file) => sum + file.size, 0);
  const packings = [...new Set(files.map(({ packing }) => packing))].filter((packing) => packing !== 'plain');
  const count = files.length === 1 ? '1 file' : `${files.length} files`;
  return [count, formatSize(size), ...packings, encodingsOf(files.flatMap(({ parts }) => parts))].join(', ');
}

function encodingsOf(parts: readonly SurveyedPart[]): string {
  return [...new Set(parts.map(formatEncoding))].join(', ');
}

function namesOf(parts: readonly SurveyedPart[]): string {
  const names = parts.slice(0, SHOWN_PARTS).map(({ entry }) => entry);
  return parts.length > SHOWN_PARTS ? `${names.join(', ')} and ${parts.length - SHOWN_PARTS} more` : names.join(', ');
}

function formatEncoding({ encoding: { encoding, by } }: SurveyedPart): string {
  const how = { set: 'as set', mark: 'by its mark', declaration: 'as declared', guess: 'guessed' }[by];
  return `${encoding} (${how})`;
}

export function formatSize(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  const units = ['kB', 'MB', 'GB', 'TB'];
  const power = Math.min(units.length, Math.floor(Math.log10(bytes) / 3));
  return `${(bytes / 1000 ** power).toFixed(1)} ${units[power - 1] ?? ''}`;
}
