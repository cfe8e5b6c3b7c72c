// The file of a proposed sync.

import type { ApplyStep } from '../domain/definition.ts';
import type { Keys, KnownColumn } from './keys.ts';
import type { FieldProposal, MappingProposal } from './propose.ts';
import type { Sample } from './sample.ts';
import type { NamePattern } from './stream-name.ts';
import { entry, inline, remark } from './yaml-lines.ts';

export interface SyncProposal {
  readonly name: string;
  readonly connection: string;
  readonly file: string;
  readonly stream: NamePattern;
  readonly sample: Sample;
  readonly keys: Keys;
  readonly object: string;
  readonly mapping: MappingProposal;
}

/** Longer values are words rather than codes. */
const MAX_CODE = 10;

export function renderSync(proposal: SyncProposal): string {
  const { name, object, mapping } = proposal;
  const fields = mapping.fields.flatMap(fieldLines);
  const open = mapping.open.map(({ field, definition }) =>
    remark(2, `${field}: … nothing looks like it (${definition.type}${definition.required ? ', required' : ''})`),
  );
  const blocks = [
    head(proposal),
    `sync: ${name}`,
    ['from:', ...fromLines(proposal)].join('\n'),
    `to: ${object}`,
    [fields.length === 0 ? 'map: {}' : 'map:', ...fields, ...open].join('\n'),
    ...unusedBlock(mapping.unused, proposal.sample.records.length),
    ...checkBlock(mapping),
  ];
  return `${blocks.join('\n\n')}\n`;
}

function head({ file, sample }: SyncProposal): string {
  const { records, unreadable, whole } = sample;
  const read = records.length + unreadable;
  const seen = whole ? `all ${read} records` : `the first ${read} records`;
  const bad = unreadable === 0 ? '' : ` ${unreadable} of them cannot be read and count for nothing here.`;
  return [
    remark(0, `A first proposal by \`tributary init\` from ${file}: ${seen} were looked at.${bad}`),
    remark(0, 'The comments say why. Look through it, then delete those you no longer need.'),
  ].join('\n');
}

function fromLines({ connection, stream, sample, keys }: SyncProposal): readonly string[] {
  const { format, encoding, record, csv, records } = sample;
  const lines = [entry(2, `connection: ${connection}`), entry(2, `stream: ${inline(stream.pattern)}`)];
  if (stream.dated)
    lines.push(entry(2, 'files: newest', 'the name has a date: of several such files the newest is read'));
  lines.push(entry(2, `format: ${format}`));
  if (record !== '') lines.push(entry(2, `record: ${inline(record)}`, `${records.length} of these were looked at`));
  if (encoding.by === 'guess' && encoding.encoding !== 'utf-8')
    lines.push(entry(2, `encoding: ${encoding.encoding}`, 'not UTF-8, and every byte looked at is valid in this one'));
  lines.push(...keyLines(keys), ...versionLines(keys));
  if (csv !== null && (csv.delimiter !== ',' || csv.skipLines > 0)) {
    const dialect = {
      ...(csv.delimiter === ',' ? {} : { delimiter: csv.delimiter }),
      ...(csv.skipLines === 0 ? {} : { skip_lines: csv.skipLines }),
    };
    const says = `${csv.agreeing} of ${csv.lines} lines have ${csv.columns} cells`;
    lines.push(entry(2, `csv: ${inline(dialect)}`, says));
  }
  lines.push(entry(2, 'records: full', 'each record says everything about its key; partial: only what has changed'));
  if (format === 'csv' || format === 'ndjson')
    lines.push(
      remark(
        2,
        `complete: trust … your word that each file is whole, which ${format} cannot prove; without it nothing that is missing counts as deleted`,
      ),
    );
  return lines;
}

function keyLines({ keys: [best, ...others] }: Keys): readonly string[] {
  if (best === undefined) return [];
  const also = others.slice(0, 3).map(({ path, says }) => remark(2, `or key: ${inline(path)} … ${says}`));
  return [entry(2, `key: ${inline(best.path)}`, best.says), ...also];
}

function versionLines({ versions: [best, ...others] }: Keys): readonly string[] {
  if (best === undefined)
    return [remark(2, 'version: … no column tells newer records from older ones; of two copies the later one counts')];
  const also = others.slice(0, 2).map(({ path, says }) => remark(2, `or version: ${inline(path)} … ${says}`));
  return [entry(2, `version: ${inline(best.path)}`, best.says), ...also];
}

function fieldLines({ field, from, says, kind }: FieldProposal): readonly string[] {
  const value =
    'cel' in from
      ? { cel: from.cel }
      : from.apply.length === 0
        ? from.path
        : { from: from.path, apply: from.apply.map(written) };
  const lines = [entry(2, `${field}: ${inline(value)}`, says)];
  const codes = kind?.codes ?? [];
  if (codes.length > 1 && codes.every((code) => code.length <= MAX_CODE)) {
    const table = Object.fromEntries(codes.map((code) => [code, '…']));
    const translated = typeof value === 'object' ? { ...value, codes: table } : value;
    lines.push(remark(2, 'or, where the CRM has other words for these:'), remark(2, `${field}: ${inline(translated)}`));
  }
  return lines;
}

/** A function as it is written under `apply`. */
function written({ fn, args }: ApplyStep): unknown {
  return args === null ? fn : { [fn]: args };
}

function unusedBlock(unused: readonly KnownColumn[], records: number): readonly string[] {
  if (unused.length === 0) return [];
  const lines = unused.map(({ column, kind }) => {
    const filled = column.filled === records ? 'always there' : `in ${column.filled} of ${records} records`;
    const list = column.lists === 0 ? '' : `, a list in ${column.lists}`;
    return remark(0, `${inline(column.path)}: ${filled}${list}; ${kind.says}`, 2);
  });
  return [[remark(0, 'Columns that make no field:'), ...lines].join('\n')];
}

function checkBlock({ fields }: MappingProposal): readonly string[] {
  const emails = fields.filter(({ kind }) => kind?.name === 'email');
  if (emails.length === 0) return [];
  const lines = emails.map(({ field }) =>
    entry(2, `- { field: ${field}, email: true, else: reject }`, 'or drop_field: the record without the address'),
  );
  return [['check:', ...lines].join('\n')];
}
