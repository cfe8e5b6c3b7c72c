// Progress while a run works: bars on a terminal, a line for each phase elsewhere. Always on stderr.

import type { Progress, VerbProgress } from '../../workflows/messages.ts';
import { paintError, say, width } from './output.ts';

export interface ProgressView {
  show(progress: Progress): void;
  /** Leaves the last state on the screen. */
  done(): void;
}

const BAR = 24;
const SHOWN_NOTES = 5;

export function createProgressView(options: { readonly quiet: boolean }): ProgressView {
  if (options.quiet) return { show: () => {}, done: () => {} };
  return process.stderr.isTTY ? barsView(process.stderr) : linesView();
}

function linesView(): ProgressView {
  let phase = '';
  const said = new Set<string>();
  return {
    show: (progress) => {
      if (progress.phase !== phase) say(`${progress.sync}: ${progress.phase}`);
      ({ phase } = progress);
      for (const note of progress.notes.filter((one) => !said.has(one))) {
        said.add(note);
        say(`  ${note}`);
      }
    },
    done: () => {},
  };
}

function barsView(stream: NodeJS.WriteStream): ProgressView {
  let shown = 0;
  return {
    show: (progress) => {
      const lines = renderBars(progress).map((line) => clip(line, stream.columns));
      const back = shown > 0 ? `\u001B[${shown}A\u001B[J` : '';
      stream.write(`${back}${lines.map((line) => `${line}\n`).join('')}`);
      shown = lines.length;
    },
    done: () => {
      shown = 0;
    },
  };
}

function clip(line: string, columns: number): string {
  return width(line) > columns ? line.slice(0, columns - 1) : line;
}

/** A bar for each verb, and the counts so far. */
export function renderBars(progress: Progress): readonly string[] {
  const { bytes, records, batches, counts } = progress;
  const fetched = records.fetch;
  const kept = Math.max(0, fetched - counts.unchanged);
  const complete = progress.phase !== 'fetch';
  const lines = [
    `${paintError('bold', progress.sync)}  ${paintError('cyan', progress.phase)}`,
    bar('fetch', complete ? { done: 1, total: 1 } : bytes, `${fetched} records`),
    bar('transform', { done: records.transform, total: kept }, `${records.transform} records`),
    bar('validate', { done: records.validate, total: kept }, `${counts.quarantined} quarantined`),
    bar('merge', batches.merge, `${counts.conflicts} conflicts`),
    bar('deliver', batches.deliver, `${counts.created} created, ${counts.updated} updated`),
  ];
  if (batches.compensate.total !== null) lines.push(bar('compensate', batches.compensate, ''));
  const { notes } = progress;
  lines.push(...notes.slice(0, SHOWN_NOTES).map((note) => paintError('dim', `  ${note}`)));
  if (notes.length > SHOWN_NOTES) lines.push(paintError('dim', `  … and ${notes.length - SHOWN_NOTES} more`));
  return lines;
}

function bar(verb: string, { done, total }: VerbProgress, text: string): string {
  const share = total === null || total === 0 ? 0 : Math.min(1, done / total);
  const filled = Math.round(share * BAR);
  return `  ${verb.padEnd(10)} ${paintError('green', '█'.repeat(filled))}${paintError('dim', '░'.repeat(BAR - filled))} ${text}`;
}
