// The cross checks of one file of syncs/: its name, its stream, and what its map and rules refer to.

import type { Codes, FieldDefinition } from '../domain/definition.ts';
import { parseRecordPath } from '../domain/record-path.ts';
import type { CodeTable } from './code-tables.ts';
import { checkConnection, checkName, type Names, type Report } from './check-names.ts';
import { checkConstant } from './check-tributary.ts';
import { isTable, keyColumns, streamFormat } from './compile.ts';
import type { Path } from './problems.ts';
import type { Parts } from './prune.ts';
import type { FromInput, MappingInput, SyncInput } from './schema-sync.ts';
import type { YamlFile } from './yaml-file.ts';

/** The stream on its own: what the format needs and what it has no use for. */
export function checkStream(from: FromInput, file: YamlFile, report: Report): void {
  const given = (['stream', 'table', 'query'] as const).filter((key) => file.at(['from', key]) !== undefined);
  if (given.length !== 1) {
    report(
      ['from', given[1] ?? 'connection'],
      `expected one of \`stream\` (files), \`table\`, \`query\`; found ${given.join(' and ') || 'none'}`,
      { at: 'key' },
    );
    return;
  }
  if (!given.some((key) => from[key] !== undefined)) return; // what is wrong with it was said
  const needless = isTable(from) ? FOR_FILES : FOR_TABLES;
  const kind = isTable(from) ? 'files' : 'tables and queries';
  for (const key of needless) {
    if (file.at(['from', key]) !== undefined) report(['from', key], `\`${key}\` is for ${kind}`, { at: 'key' });
  }
  if (from.each === undefined && file.at(['from', 'parent']) !== undefined) {
    report(['from', 'parent'], '`parent` needs `each`', { at: 'key' });
  }
  if (isTable(from)) checkTable(from, file, report);
  else checkFiles(from, file, report);
}

const FOR_FILES = ['files', 'entry', 'unpack', 'format', 'record', 'encoding', 'empty', 'complete', 'last_line', 'csv'];
const FOR_TABLES = ['cursor', 'lookback', 'snapshot_every', 'backfill'];

function checkTable(from: FromInput, file: YamlFile, report: Report): void {
  if (from.read === 'incremental' && from.cursor === undefined) {
    report(['from', 'read'], 'expected `cursor` beside `read: incremental`: the column of the last change');
  }
  for (const key of ['lookback', 'snapshot_every', 'backfill']) {
    if (from.read === 'incremental' || file.at(['from', key]) === undefined) continue;
    report(['from', key], `\`${key}\` needs \`read: incremental\``, { at: 'key' });
  }
  if (keyColumns(from).length === 0) {
    report(['from', 'key'], `expected at least one path of the row itself, such as ${from.parent}.id`);
  }
}

function checkFiles(from: FromInput, file: YamlFile, report: Report): void {
  if (from.read === 'incremental') {
    report(['from', 'read'], 'expected snapshot: files are read as a whole; `files: since` reads each once');
  }
  const format = streamFormat(from);
  if (format === undefined) {
    report(
      ['from', 'stream'],
      'expected `format`, since the pattern does not end in .csv, .json, .ndjson, .jsonl or .xml',
    );
    return;
  }
  if (format === 'xml' && from.record === '') {
    report(['from', 'record'], '`record` is required for XML: expected a path such as customers/customer');
  }
  if (format === 'json' && parseRecordPath(from.record) === null) {
    report(
      ['from', 'record'],
      'expected a path such as data.employees, pages[].items or "name.with.dots"; empty for the whole document',
    );
  }
  const flat = format === 'csv' || format === 'ndjson';
  if (flat && from.record !== '') report(['from', 'record'], `expected no \`record\`: in ${format} every line is one`);
  if (!flat && typeof from.complete === 'object' && 'trailer' in from.complete) {
    report(['from', 'complete'], `expected no \`trailer\`: ${format} ends by itself`);
  }
  if (from.files === 'since' && from.complete !== 'proven') {
    report(['from', 'complete'], 'expected no `complete`: files that are read once each are no snapshot');
  }
  if (format === 'csv' && from.each !== undefined) {
    report(['from', 'each'], 'expected no `each`: a line of CSV holds no list', { at: 'key' });
  }
  if (format !== 'csv' && file.at(['from', 'csv']) !== undefined) {
    report(['from', 'csv'], `expected no \`csv\`: the stream is ${format}`, { at: 'key' });
  }
  if (!flat && from.last_line !== undefined) {
    report(['from', 'last_line'], `expected no \`last_line\`: the end of ${format} shows whether it is whole`, {
      at: 'key',
    });
  }
  checkDialect(from.csv, report);
}

function checkDialect({ delimiter, quote, escape, comment }: FromInput['csv'], report: Report): void {
  if (quote !== '' && delimiter.includes(quote)) {
    report(['from', 'csv', 'quote'], `expected another quote than the delimiter; found \`${quote}\` in both`);
  }
  if (escape !== undefined && quote === '') {
    report(['from', 'csv', 'escape'], 'expected no `escape`: without quotes every character means itself');
  } else if (escape !== undefined && delimiter.includes(escape)) {
    report(['from', 'csv', 'escape'], `expected another escape than the delimiter; found \`${escape}\` in both`);
  }
  if (comment !== undefined && [delimiter, quote].some((mark) => mark !== '' && comment.startsWith(mark))) {
    report(['from', 'csv', 'comment'], `expected a text that no row begins with; found \`${comment}\``);
  }
}

interface Target {
  readonly names: Names;
  readonly codes: Readonly<Record<string, CodeTable>>;
  /** The fields of the sync's object that are right. */
  readonly fields: Readonly<Record<string, FieldDefinition>>;
  /** The keys of `map` as written. */
  readonly mapped: readonly string[];
}

/** The connection, the object, and every field that the map and the rules name. */
export function checkReferences(sync: Parts<SyncInput>, target: Target, report: Report): void {
  const { names } = target;
  if (sync.from !== undefined) {
    checkConnection(report, names, { path: ['from', 'connection'], name: sync.from.connection, as: 'source' });
    checkShape(sync.from, names, report);
  }
  if (sync.to === undefined) return;
  if (!checkName(report, { what: 'an object', among: names.objects.keys(), path: ['to'], name: sync.to })) return;
  const what = `a field of ${sync.to}`;
  const among = names.objects.get(sync.to) ?? [];
  for (const name of target.mapped) {
    checkName(report, { what, among, path: ['map', name], name, at: 'key' });
  }
  for (const [name, mapping] of Object.entries(sync.map ?? {})) {
    if (typeof mapping === 'object' && typeof mapping.codes === 'string') {
      const path = ['map', name, 'codes'];
      checkName(report, { what: 'a code table of tributary.yaml', among: names.codes, path, name: mapping.codes });
    }
    const type = target.fields[name]?.type;
    if (type === undefined) continue;
    for (const { path, value } of constantsOf(mapping, target.codes)) {
      checkConstant({ type, value }, (message) => report(['map', name, ...path], message));
    }
  }
  for (const [index, rule] of (sync.check ?? []).entries()) {
    const path = ['check', index, 'field'];
    if (rule.field === undefined || !checkName(report, { what, among, path, name: rule.field })) continue;
    checkName(report, { what: 'a field that `map` makes', among: target.mapped, path, name: rule.field });
  }
}

/** Files of a connection to files, tables and queries of one to a database. */
function checkShape(from: FromInput, names: Names, report: Report): void {
  const kind = names.connections.get(from.connection) ?? '';
  if (names.tableKinds === undefined || names.sourceKinds?.has(kind) !== true) return;
  const tables = names.tableKinds.has(kind);
  if (tables === isTable(from)) return;
  const [found, ...more] = (['stream', 'table', 'query'] as const).filter((key) => from[key] !== undefined);
  if (found === undefined || more.length > 0) return;
  const expected = tables ? '`table` or `query`' : '`stream`';
  report(['from', found], `expected ${expected}: \`${from.connection}\` is ${kind}`, { at: 'key' });
}

interface Constant {
  readonly path: Path;
  readonly value: string | boolean | null;
}

function constantsOf(mapping: MappingInput, tables: Target['codes']): readonly Constant[] {
  if (typeof mapping === 'string') return [];
  const found = typeof mapping.codes === 'string' ? sharedCodes(tables[mapping.codes]) : ownCodes(mapping.codes ?? {});
  if (mapping.value !== undefined) found.push({ path: ['value'], value: mapping.value });
  if (mapping.default !== undefined) found.push({ path: ['default'], value: mapping.default });
  if (typeof mapping.unmapped === 'object') {
    found.push({ path: ['unmapped', 'value'], value: mapping.unmapped.value });
  }
  return found;
}

function ownCodes(codes: Codes): Constant[] {
  return Object.entries(codes).map(([code, value]) => ({ path: ['codes', code], value }));
}

function sharedCodes(table: CodeTable | undefined): Constant[] {
  if (table === undefined || !('codes' in table)) return [];
  return Object.values(table.codes).map((value) => ({ path: ['codes'], value }));
}
