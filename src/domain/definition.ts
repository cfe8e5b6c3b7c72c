// What a run executes: the plain data that configuration compiles to. Stored by hash; a run keeps the one it began with.

/** Types of canonical fields; `field-types.ts` says how each is written and compared. */
export type FieldType =
  'text' | 'email' | 'phone' | 'integer' | 'decimal' | 'boolean' | 'date' | 'datetime' | 'json' | 'reference';

export type ConflictPolicy = 'source' | 'crm' | 'fill_empty' | 'most_recent' | 'review';

export type ResolveStrategy =
  | { readonly kind: 'rank'; readonly sources: readonly string[] }
  | { readonly kind: 'most_recent' }
  | { readonly kind: 'union' }
  | { readonly kind: 'min' }
  | { readonly kind: 'max' };

/**
 * `wait`: the whole record waits until the other is there; `review`: it waits, and a person is asked; `omit`: it is written
 * without the reference, which follows when the other is there.
 */
export type MissingReference = 'wait' | 'review' | 'omit';

export interface FieldDefinition {
  readonly type: FieldType;
  readonly column: string;
  readonly required: boolean;
  /** Identity on its own: matched before the other keys. */
  readonly strong: boolean;
  /** No two CRM records may have the same value; present only when true. */
  readonly unique?: true;
  readonly resolve: ResolveStrategy;
  readonly conflict: ConflictPolicy;
  /** The connections (or syncs) that may speak of the field; absent: all. */
  readonly sources?: readonly string[];
  /** Emptied when every source has withdrawn it; present only when true. Otherwise the CRM keeps its value. */
  readonly clears?: true;
  /** For `reference`: the claim holds the other object's `by` value, the CRM its id. */
  readonly reference?: {
    readonly object: string;
    readonly by: string;
    /** The other object's, where it has the same destination. */
    readonly table?: string;
    /** What becomes of a record whose reference is not in the CRM (yet). */
    readonly missing: MissingReference;
  };
}

export interface GateLimits {
  /** Shares are fractions of 1. */
  readonly deletes: number;
  readonly creates: number;
  readonly rejects: number;
  readonly nulls: number;
  readonly firstRun: 'approve' | 'auto';
  readonly expiresMs: number;
}

export type DeleteAction = 'none' | 'deactivate' | 'archive' | 'delete';

/** What becomes of the claims on a record that somebody deleted in the CRM: a person decides, it stays deleted, it comes back. */
export type GonePolicy = 'review' | 'accept' | 'recreate';

export interface ObjectDefinition {
  readonly name: string;
  readonly destination: string;
  readonly table: string;
  readonly id: string;
  readonly fields: Readonly<Record<string, FieldDefinition>>;
  /** Fields that survive as one unit, by group name. */
  readonly groups: Readonly<Record<string, readonly string[]>>;
  /** The field that says when the CRM record was last modified: for `most_recent` conflicts. */
  readonly modified?: string;
  /** Match keys in the order they are tried: strong ones first. */
  readonly match: readonly string[];
  readonly deletes: DeleteAction;
  /** The canonical values that mark a record as inactive. Empty when `deletes` is not `deactivate`. */
  readonly deactivated: Readonly<Record<string, string | boolean | null>>;
  /** Where archived records go; present where `deletes` is `archive`. */
  readonly archive?: string;
  readonly gate: GateLimits;
  /** Absent: `review`. */
  readonly gone?: GonePolicy;
  /** How long a claim may wait for a record that it refers to before a person is asked. Absent: 30 days. */
  readonly waitMs?: number;
  /** The column in which the CRM says into which record another one was merged. */
  readonly mergedInto?: string;
}

export type Format = 'csv' | 'json' | 'ndjson' | 'xml';

/**
 * What shows that a snapshot is whole: the format's own end, the owner's word, or a statement that is checked. `{count}` in
 * a text stands for the number of records, `*` for anything; `{file}` and `{stem}` in a name for those of the data file.
 */
export type CompleteProof =
  | 'proven'
  | 'trust'
  | { readonly trailer: string }
  | { readonly count: { readonly file: string; readonly text: string } }
  | { readonly manifest: string };

/** `hold` refuses that one record, `refuse` the whole file. */
export type LastLine = 'accept' | 'hold' | 'refuse';

export interface CsvDialect {
  readonly delimiter: string;
  /** Empty: no cell is quoted. */
  readonly quote: string;
  /** What stands before a character of a quoted cell that means itself; null: a quote is doubled. */
  readonly escape: string | null;
  readonly skipLines: number;
  readonly comment: string | null;
  /** The names of the columns, for files without a header row; null: the first row names them. */
  readonly columns: readonly string[] | null;
}

/** The value at the path, as text, tells the operation; any other value is an upsert. */
export interface OperationMark {
  readonly path: string;
  readonly delete: readonly string[];
  readonly detach: readonly string[];
}

/** A stream that is a table or a query of a database. */
export interface TableRead {
  /** A table or view, with its schema if that is not the connection's; or null. */
  readonly table: string | null;
  /** A statement that selects the rows; or null. */
  readonly query: string | null;
  /** Columns that tell one row from another: rows are read in their order. */
  readonly keyColumns: readonly string[];
  readonly read: 'snapshot' | 'incremental';
  /** The column that says when a row was changed last. */
  readonly cursor: string | null;
  /** How far behind the watermark an incremental read begins. */
  readonly lookbackMs: number;
  /** An incremental stream is read as a whole again after this time; null: never. */
  readonly snapshotEveryMs: number | null;
  /** How far back the first incremental read goes; null: everything is read. */
  readonly backfillMs: number | null;
}

export interface StreamDefinition {
  readonly connection: string;
  /** File name pattern inside the connection's folder (`*` matches within a name, `{date:yyyyMMdd}` a date); or the table. */
  readonly stream: string;
  /** Which of the matching files are read: each, those of the newest date, or those not delivered before. */
  readonly files: 'all' | 'newest' | 'since';
  /** Pattern of the entries of a zip that are read; null: those with the format's extension, or every one. */
  readonly entry: string | null;
  /** How long nobody may have written to a file before it is read. */
  readonly settleMs: number;
  /** What a compressed file may grow to: a multiple of its size, and a number of bytes, if there is a limit. */
  readonly unpack: { readonly ratio: number; readonly maxBytes: number | null };
  readonly format: Format;
  /** Path of the records: `customers/customer` (XML), `data.employees` (JSON). Empty for CSV and NDJSON. */
  readonly record: string;
  /** Path of the records inside each record; null: the record itself is one. */
  readonly each: string | null;
  /** The name under which they see the record around them. */
  readonly parent: string;
  /** Paths; several make one key. */
  readonly key: readonly string[];
  readonly version: string | null;
  readonly records: 'full' | 'partial';
  /** What marks a record as an end. Absent: nothing does. */
  readonly operation?: OperationMark;
  /** What an empty CSV cell or XML element means. */
  readonly empty: 'absent' | 'null';
  /** `auto`: byte order mark, then declaration, then strict UTF-8, then GB18030. */
  readonly encoding: string;
  readonly complete: CompleteProof;
  /** Several source keys may describe one CRM record. */
  readonly many: boolean;
  /** What becomes of a last line of CSV or NDJSON that has no line end, so that it may be cut off. */
  readonly lastLine: LastLine;
  readonly csv: CsvDialect;
  readonly maxRecordBytes: number;
  /** Absent: the stream is files. */
  readonly table?: TableRead;
}

export interface ApplyStep {
  readonly fn: string;
  /** The argument as written: `{ decimal: { group: "," } }` gives `{ group: "," }`; `trim` gives null. */
  readonly args: unknown;
}

export type UnmappedPolicy =
  { readonly kind: 'quarantine' | 'keep' | 'absent' } | { readonly kind: 'value'; readonly value: string };

/** What each code of a source means. */
export type Codes = Readonly<Record<string, string | boolean | null>>;

/** Two columns of a table of a connection: the codes and what they mean. */
export interface CodeQuery {
  readonly connection: string;
  readonly table: string;
  readonly from: string;
  readonly to: string;
}

/** How one canonical field is made: a constant, a CEL expression, or source paths, then functions, then codes. */
export interface FieldMapping {
  /** CEL: the field is absent unless it is true. */
  readonly when?: string;
  readonly value?: string | boolean | null;
  readonly cel?: string;
  /** The first path that is not empty counts. */
  readonly from?: readonly string[];
  readonly apply: readonly ApplyStep[];
  readonly codes?: Codes;
  /** Where `codes` come from, if they are read when a run begins; until then there are none. */
  readonly codesFrom?: CodeQuery;
  readonly unmapped: UnmappedPolicy;
  /** Used when the result is absent. */
  readonly default?: string | boolean;
}

export type RuleLevel = 'warn' | 'drop_field' | 'reject' | 'reject_batch';

export type RuleName =
  | 'required'
  | 'length'
  | 'range'
  | 'date_range'
  | 'pattern'
  | 'one_of'
  | 'email'
  | 'phone'
  | 'url'
  | 'checksum'
  | 'unique'
  | 'cel';

/** One check. Exactly one of the kinds is set. */
export interface RuleDefinition {
  readonly field: string | null;
  readonly kind: RuleName;
  readonly args: unknown;
  /** Functions that may mend the value; `level` is what follows where they do not. */
  readonly fix?: readonly ApplyStep[];
  readonly level: RuleLevel;
  readonly message: string | null;
}

export interface SyncDefinition {
  readonly sync: string;
  readonly stream: StreamDefinition;
  readonly object: string;
  /** Who looks after the sync: told of quarantined records that wait. */
  readonly owner: string | null;
  /** CEL: records for which it is false are none of this sync's. Null: all are. */
  readonly where: string | null;
  readonly map: Readonly<Record<string, FieldMapping>>;
  readonly check: readonly RuleDefinition[];
  readonly expect: Expectations;
  /** A run that fails after it has begun to write is taken back; present only when true. */
  readonly allOrNothing?: true;
  /** Present where the sync takes events. */
  readonly events?: EventsDefinition;
}

/** The events that a sync takes from the system that its connection stands for. */
export interface EventsDefinition {
  /** The stream's name in addresses and signals. */
  readonly stream: string;
  /** `hint`: an event only names a record, which is read again from its source. */
  readonly holds: 'record' | 'hint';
  /** Whether an event says everything about its key. */
  readonly records: 'full' | 'partial';
  /** Path of the records in a body of JSON or XML; empty: the body is one record, or an array of them. */
  readonly record: string;
  /** How long nothing may have come before the events are merged; how long they wait at most; how many at once. */
  readonly quietMs: number;
  readonly maxWaitMs: number;
  readonly maxEvents: number;
}

/** What a read must be like, compared with those before it; otherwise the run waits before it writes. */
export interface Expectations {
  /** How many records, as shares of the median of the last seven reads. Null: any number. */
  readonly records: { readonly min: number; readonly max: number } | null;
  /** By how many points the share of empty values of a column may grow. Null: by any. */
  readonly nulls: number | null;
  /** Which share of the records may have the key of another one. Null: any. */
  readonly duplicates: number | null;
  /**
   * What happens when columns come, go or change their kind: nothing, a note, or, for those that the mapping reads and
   * that went or changed, the run waits.
   */
  readonly drift: 'ignore' | 'warn' | 'pause';
}

/** How far a function of the user may go. */
export interface FunctionLimits {
  /** For one value. */
  readonly timeoutMs: number;
  /** For all values of a batch. */
  readonly batchMs: number;
  readonly memoryBytes: number;
}

/** The functions that a project brings along, as a run executes them. */
export interface FunctionsDefinition extends FunctionLimits {
  /** Of the file as it was written. */
  readonly hash: string;
  /** An ECMAScript module. */
  readonly code: string;
}

/** Everything a run needs, secrets still by reference. `hash` covers all of it. */
export interface RunDefinition {
  readonly hash: string;
  /** Changes when fingerprints taken under the earlier reader no longer say anything. */
  readonly readerHash: string;
  readonly sync: SyncDefinition;
  /** The sync's object and the ones it refers to. */
  readonly objects: Readonly<Record<string, ObjectDefinition>>;
  readonly connections: Readonly<Record<string, ConnectionDefinition>>;
  /** Absent where the mapping uses none. */
  readonly functions?: FunctionsDefinition;
}

export interface ConnectionDefinition {
  readonly name: string;
  readonly kind: string;
  /** The connector's own settings, unresolved: secrets are still `${env:NAME}` references. */
  readonly settings: Readonly<Record<string, unknown>>;
}
