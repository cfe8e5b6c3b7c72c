// From the syntax to the definition: names and defaults filled in. Never fails; what is wrong was said before.

import type {
  ConnectionDefinition,
  Expectations,
  FieldDefinition,
  FieldMapping,
  Format,
  FunctionLimits,
  ObjectDefinition,
  OperationMark,
  RuleDefinition,
  StreamDefinition,
  SyncDefinition,
} from '../domain/definition.ts';
import { canonicalise } from '../domain/field-types.ts';
import type { Retention } from '../domain/retention.ts';
import { isList } from '../domain/values.ts';
import type { CodeTable } from './code-tables.ts';
import { CHECK_KINDS, type CheckInput } from './schema-check.ts';
import type { ExpectInput, FromInput, MappingInput, SyncInput } from './schema-sync.ts';
import { EVERY_EVENT } from './schema-events.ts';
import type {
  ConnectionInput,
  FieldInput,
  FunctionsInput,
  NotifyInput,
  ObjectInput,
  RetentionInput,
} from './schema-tributary.ts';

export function compileConnection(name: string, input: ConnectionInput): ConnectionDefinition {
  const { kind, ...settings } = input;
  return { name, kind, settings };
}

/** The way of notifications has the shape of a connection, since it may hold secrets as these do. */
export function compileNotify(input: NotifyInput | undefined): ConnectionDefinition | null {
  if (input === undefined) return null;
  return { name: 'notify', kind: 'webhook' in input ? 'webhook' : 'command', settings: input };
}

export function compileRetention(input: RetentionInput): Retention {
  return {
    changesMs: input.changes,
    stagedMs: Math.min(input.staged, input.changes),
    runsMs: Math.max(input.runs, input.changes),
    quarantineMs: input.quarantine,
    tombstonesMs: input.tombstones,
    inboxMs: input.inbox,
    historiesMs: input.histories,
  };
}

/** All objects at once, since some refer to others. */
export function compileObjects(inputs: Readonly<Record<string, ObjectInput>>): Record<string, ObjectDefinition> {
  return mapValues(inputs, (input, name) => {
    const beside = Object.entries(inputs).filter(([, other]) => other.destination === input.destination);
    const tables = new Map(beside.map(([other, { table }]) => [other, table ?? other]));
    return compileObject(name, input, tables);
  });
}

/** @param tables those of the objects in the same destination, by object */
function compileObject(name: string, input: ObjectInput, tables: ReadonlyMap<string, string>): ObjectDefinition {
  const fields = mapValues(input.fields, (field, key) => compileField(field, key, tables));
  const strong = (field: string): boolean => fields[field]?.strong === true;
  const match = input.match ?? Object.keys(fields).filter(strong);
  const { gate, deletes } = input;
  return {
    name,
    destination: input.destination,
    table: input.table ?? name,
    id: input.id,
    fields,
    groups: input.groups,
    ...(input.modified === undefined ? {} : { modified: input.modified }),
    match: [...match.filter(strong), ...match.filter((field) => !strong(field))],
    ...compileDeletes(deletes, fields),
    gate: {
      deletes: gate.deletes,
      creates: gate.creates,
      rejects: gate.rejects,
      nulls: gate.nulls,
      firstRun: gate.first_run,
      expiresMs: gate.expires,
    },
    ...(input.gone === 'review' ? {} : { gone: input.gone }),
    ...(input.review_after === undefined ? {} : { waitMs: input.review_after }),
    ...(input.merged_into === undefined ? {} : { mergedInto: input.merged_into }),
  };
}

function compileDeletes(
  deletes: ObjectInput['deletes'],
  fields: Readonly<Record<string, FieldDefinition>>,
): Pick<ObjectDefinition, 'deletes' | 'deactivated' | 'archive'> {
  if (typeof deletes === 'string') return { deletes, deactivated: {} };
  return 'archive' in deletes
    ? { deletes: 'archive', deactivated: {}, archive: deletes.archive }
    : { deletes: 'deactivate', deactivated: canonicalValues(deletes.deactivate, fields) };
}

function compileField(input: FieldInput, name: string, tables: ReadonlyMap<string, string>): FieldDefinition {
  const { type, required, strong, conflict, object, by, missing = 'wait' } = input;
  const resolve =
    typeof input.resolve === 'string'
      ? { kind: input.resolve }
      : { kind: 'rank' as const, sources: input.resolve.rank };
  const base = {
    type,
    column: input.column ?? name,
    required,
    strong,
    ...(input.unique ? { unique: true as const } : {}),
    resolve,
    conflict,
    ...(input.sources === undefined ? {} : { sources: input.sources }),
    ...(input.withdrawn === 'clear' ? { clears: true as const } : {}),
  };
  if (object === undefined || by === undefined) return base;
  const table = tables.get(object);
  return { ...base, reference: { object, by, missing, ...(table === undefined ? {} : { table }) } };
}

type Constants = Readonly<Record<string, string | boolean | null>>;

function canonicalValues(values: Constants, fields: Readonly<Record<string, FieldDefinition>>): Constants {
  return mapValues(values, (value, name) => {
    const made = canonicalise(fields[name]?.type ?? 'text', value);
    return made.ok && !isList(made.value) ? made.value : value;
  });
}

export function compileLimits({ timeout, batch, memory }: FunctionsInput): FunctionLimits {
  return { timeoutMs: timeout, batchMs: batch, memoryBytes: memory };
}

export function compileSync(input: SyncInput, tables: Readonly<Record<string, CodeTable>>): SyncDefinition {
  return {
    sync: input.sync,
    stream: compileStream(input.from),
    object: input.to,
    owner: input.owner ?? null,
    where: input.where ?? null,
    map: mapValues(input.map, (mapping) => compileMapping(mapping, tables)),
    check: input.check.map(compileRule),
    expect: compileExpectations(input.expect),
    ...(input.all_or_nothing ? { allOrNothing: true as const } : {}),
    ...compileEvents(input),
  };
}

function compileEvents({ when, from }: SyncInput): Pick<SyncDefinition, 'events'> {
  const events = when?.events ?? false;
  if (events === false) return {};
  const given = events === true ? EVERY_EVENT : events;
  return {
    events: {
      stream: given.stream ?? eventStreamOf(from.stream ?? from.table ?? ''),
      holds: given.holds,
      records: given.records ?? from.records,
      record: given.record,
      quietMs: given.quiet,
      maxWaitMs: given.max_wait,
      maxEvents: given.max_events,
    },
  };
}

/** The letters that a pattern begins with: `customers` of `exports/customers-*.xml`. */
export function eventStreamOf(pattern: string): string {
  const [name = ''] = /^[A-Za-z0-9_-]*/.exec(pattern.replace(/^.*\//, '')) ?? [];
  return name.toLowerCase().replace(/[-_]+$/, '');
}

const EXTENSIONS: Readonly<Record<string, Format>> = {
  csv: 'csv',
  json: 'json',
  ndjson: 'ndjson',
  jsonl: 'ndjson',
  xml: 'xml',
};

/** The format that a file name pattern stands for, looking through `.gz` and `.zip`; undefined when it does not say. */
export function formatOf(pattern: string): Format | undefined {
  const extension = /\.([a-z]+)(?:\.(?:gz|zip))?$/i.exec(pattern)?.[1]?.toLowerCase();
  return extension !== undefined && Object.hasOwn(EXTENSIONS, extension) ? EXTENSIONS[extension] : undefined;
}

/** As given, or by the extension of the entry's pattern or the file's; undefined when neither says. Rows are JSON. */
export function streamFormat({ format, entry, stream }: FromInput): Format | undefined {
  return stream === undefined ? 'ndjson' : (format ?? formatOf(entry ?? '') ?? formatOf(stream));
}

/** Whether a stream is a table or a query rather than files. */
export function isTable({ table, query }: FromInput): boolean {
  return table !== undefined || query !== undefined;
}

/** The columns of a row that its key is made of: with `each`, those of the row around the records. */
export function keyColumns({ key, each, parent }: FromInput): readonly string[] {
  const paths = typeof key === 'string' ? [key] : key;
  const prefix = `${parent}.`;
  if (each === undefined) return paths;
  return paths.flatMap((path) => (path.startsWith(prefix) ? [path.slice(prefix.length)] : []));
}

function compileTable(from: FromInput): Pick<StreamDefinition, 'table'> {
  if (!isTable(from)) return {};
  return {
    table: {
      table: from.table ?? null,
      query: from.query ?? null,
      keyColumns: keyColumns(from),
      read: from.read,
      cursor: from.cursor ?? null,
      lookbackMs: from.lookback,
      snapshotEveryMs: from.snapshot_every ?? null,
      backfillMs: from.backfill === 'all' ? null : from.backfill,
    },
  };
}

/** The path of a row's own cursor, as its records see it. */
function cursorPath({ cursor, each, parent }: FromInput): string | null {
  return cursor === undefined ? null : each === undefined ? cursor : `${parent}.${cursor}`;
}

function compileOperation({ from, ...values }: NonNullable<FromInput['operation']>): OperationMark {
  return { path: from, ...values };
}

export function compileStream(from: FromInput): StreamDefinition {
  const format = streamFormat(from) ?? 'csv';
  return {
    connection: from.connection,
    stream: from.stream ?? from.table ?? 'query',
    files: from.files,
    entry: from.entry ?? null,
    settleMs: from.settle,
    unpack: { ratio: from.unpack.ratio, maxBytes: from.unpack.size ?? null },
    format,
    record: from.record,
    each: from.each ?? null,
    parent: from.parent,
    key: typeof from.key === 'string' ? [from.key] : from.key,
    version: from.version ?? cursorPath(from),
    records: from.records,
    ...(from.operation === undefined ? {} : { operation: compileOperation(from.operation) }),
    empty: from.empty,
    encoding: from.encoding,
    complete: from.complete,
    many: from.many,
    // An object of JSON shows that it is whole; a row of CSV does not.
    lastLine: from.last_line ?? (format === 'csv' ? 'hold' : 'accept'),
    csv: {
      delimiter: from.csv.delimiter,
      quote: from.csv.quote,
      escape: from.csv.escape ?? null,
      skipLines: from.csv.skip_lines,
      comment: from.csv.comment ?? null,
      columns: from.csv.columns ?? null,
    },
    maxRecordBytes: from.max_record,
    ...compileTable(from),
  };
}

function compileMapping(input: MappingInput, tables: Readonly<Record<string, CodeTable>>): FieldMapping {
  if (typeof input === 'string') return { from: [input], apply: [], unmapped: { kind: 'quarantine' } };
  const { when, from, value, cel, codes, unmapped } = input;
  return {
    ...(when === undefined ? {} : { when }),
    ...(value === undefined ? {} : { value }),
    ...(cel === undefined ? {} : { cel }),
    ...(from === undefined ? {} : { from: typeof from === 'string' ? [from] : from }),
    apply: input.apply,
    ...(typeof codes === 'string' ? compileCodeTable(tables[codes]) : codes === undefined ? {} : { codes }),
    unmapped:
      typeof unmapped === 'object' ? { kind: 'value', value: unmapped.value } : { kind: unmapped ?? 'quarantine' },
    ...(input.default === undefined ? {} : { default: input.default }),
  };
}

function compileExpectations({ records, nulls, duplicates, drift }: ExpectInput): Expectations {
  return {
    records: records === 'any' ? null : records,
    nulls: nulls === 'any' ? null : nulls * 100,
    duplicates: duplicates === 'any' ? null : duplicates,
    drift,
  };
}

function compileCodeTable(table: CodeTable | undefined): Pick<FieldMapping, 'codes' | 'codesFrom'> {
  if (table === undefined) return { codes: {} }; // a name that is unknown was reported
  return 'codes' in table ? { codes: table.codes } : { codesFrom: table.query };
}

function compileRule(input: CheckInput): RuleDefinition {
  // The schema sees to it that there is one.
  const kind = CHECK_KINDS.find((name) => input[name] !== undefined) ?? 'required';
  return {
    field: input.field ?? null,
    kind,
    args: plain(input[kind]),
    ...(typeof input.else === 'object' ? { fix: input.else.fix } : {}),
    level: typeof input.else === 'object' ? input.else.otherwise : input.else,
    message: input.message ?? null,
  };
}

/** Without properties that are undefined: the definition is JSON. */
function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value ?? null));
}

export function mapValues<T, U>(
  record: Readonly<Record<string, T>>,
  change: (value: T, key: string) => U,
): Record<string, U> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value, key)]));
}
