// What the exports share: their options, records through a writer to their place, progress, the summary.

import type { Command } from 'commander';
import { formatOf } from '../config/compile.ts';
import type { Format } from '../domain/definition.ts';
import { SyncError } from '../domain/errors.ts';
import type { SourceRecord } from '../domain/values.ts';
import { writers } from '../formats/registry.ts';
import { PLAIN_LAYOUT, type WriteLayout } from '../formats/writer.ts';
import { openOutput } from './file-output.ts';
import { formatOption } from './options.ts';
import { EXIT, printJson, say } from './output.ts';

export interface WriteOptions {
  readonly format?: Format;
  readonly output?: string;
  readonly force?: boolean;
  readonly neutraliseFormulas?: boolean;
  readonly bom?: boolean;
}

export function addWriteOptions(command: Command): Command {
  return command
    .option('--format <format>', 'csv, json, ndjson or xml; else what the name of --output says', formatOption)
    .option('--output <file>', 'write to a file, which appears when it is whole; else to stdout')
    .option('--force', 'replace the file if it is there')
    .option('--neutralise-formulas', 'CSV for spreadsheets: an apostrophe before cells that could be formulas')
    .option('--bom', 'begin with a byte order mark, by which spreadsheets know UTF-8');
}

/** Errors: `config.usage` where neither the option nor the file's name says it. */
export function formatFor({ format, output = '' }: WriteOptions): Format {
  if (/\.(gz|zip)$/i.test(output))
    throw usage(`${output}: exports are not compressed; name a file without .gz or .zip`);
  const chosen = format ?? formatOf(output);
  if (chosen === undefined) throw usage('say the format: --format csv, json, ndjson or xml');
  return chosen;
}

export interface Content {
  /** XML: the elements around all records and around each. */
  readonly elements: readonly [root: string, record: string];
  readonly columns: readonly string[];
  /** The field that names a record in errors. */
  readonly name: string;
  readonly numbers?: ReadonlySet<string>;
}

export function layoutFor(options: WriteOptions, { elements, columns, name, numbers }: Content): WriteLayout {
  return {
    record: formatFor(options) === 'xml' ? elements.join('/') : '',
    mark: options.bom === true,
    name,
    numbers: numbers ?? PLAIN_LAYOUT.numbers,
    csv: { ...PLAIN_LAYOUT.csv, columns, neutraliseFormulas: options.neutraliseFormulas === true },
  };
}

/** Takes a page of records; false: nobody wants more. */
export type Take = (records: readonly SourceRecord[]) => Promise<boolean>;

export interface Written {
  readonly records: number;
  readonly bytes: number;
  /** False where whoever reads stdout wanted no more. */
  readonly whole: boolean;
}

/**
 * Writes what `read` hands over. An export that fails or is interrupted leaves no file.
 *
 * @returns null when it was interrupted
 */
export async function writeRecords(
  options: WriteOptions & { readonly layout: WriteLayout; readonly signal: AbortSignal },
  read: (take: Take) => Promise<void>,
): Promise<Written | null> {
  const writer = writers[formatFor(options)](options.layout);
  const output = await openOutput(options.output, { force: options.force === true });
  const showProgress = progressView();
  const written = { records: 0, bytes: 0, whole: true };
  const put = async (bytes: Uint8Array): Promise<boolean> => {
    written.bytes += bytes.length;
    return bytes.length === 0 || output.write(bytes);
  };
  try {
    written.whole = await put(writer.begin());
    await read(async (records) => {
      if (options.signal.aborted) return false;
      written.whole &&= await put(writer.write(records));
      written.records += records.length;
      showProgress(written.records);
      return written.whole;
    });
    if (options.signal.aborted) return null;
    written.whole &&= await put(writer.end());
    await output.finish();
    return written;
  } finally {
    await output.abandon();
  }
}

/** Says what was written, where the records themselves are not. @returns the exit code */
export function reportWritten(
  written: Written | null,
  what: { readonly title: string; readonly json: boolean; readonly options: WriteOptions },
): number {
  const { title, json, options } = what;
  if (written === null) {
    say('stopped; the export is not whole');
    return EXIT.failed;
  }
  const summary = { export: title, format: formatFor(options), output: options.output ?? null, ...written };
  if (json && options.output !== undefined) printJson(summary);
  else if (json) process.stderr.write(`${JSON.stringify(summary)}\n`);
  else if (written.whole)
    say(`${title}: ${written.records} records${options.output === undefined ? '' : ` in ${options.output}`}`);
  return EXIT.done;
}

function progressView(): (records: number) => void {
  const everyMs = process.stderr.isTTY ? 2_000 : 10_000;
  let shownAt = Date.now();
  return (records) => {
    if (Date.now() - shownAt < everyMs) return;
    shownAt = Date.now();
    say(`${records} records …`);
  };
}

function usage(message: string): SyncError {
  return new SyncError('config.usage', { message });
}
