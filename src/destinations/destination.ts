// The contract of a destination: how a connector finds, reads and writes CRM records.

import type { CodeQuery, ConnectionDefinition, ObjectDefinition } from '../domain/definition.ts';
import type { EntryAction, EntryOutcome } from '../domain/claims.ts';
import type { Fields } from '../domain/values.ts';

export interface FoundRecord {
  readonly crmId: string;
  /** The field's value as the CRM has it; the caller normalises it and compares again. */
  readonly value: string;
}

/** Names one delivery for ever: the same marker is never applied twice. */
export interface DeliveryMarker {
  readonly project: string;
  readonly run: string;
  readonly round: number;
  readonly batch: number;
  readonly hash: string;
}

/** One planned write. */
export interface PlannedWrite {
  readonly ordinal: number;
  readonly action: Exclude<EntryAction, 'none'>;
  /** Null for a create, unless it must come back with the id it had. */
  readonly crmId: string | null;
  /** Only the fields to write, canonical. Empty for a delete. */
  readonly set: Fields;
  /** The values these fields must still have: otherwise the write is refused with `changed`. */
  readonly expect: Fields;
  /** A delete only: the record goes to the object's archive. A create with its id brings it back. */
  readonly archive?: true;
  /** A create only: records that a person has told apart from it, whatever keys they share. */
  readonly apart?: readonly string[];
}

export interface Delivered {
  readonly ordinal: number;
  /**
   * `applied`; `changed`: the CRM record is not as expected (or some record has a match key of a create by now), merge again;
   * `refused`: the CRM does not accept this record, with the reason.
   */
  readonly result: 'applied' | 'changed' | 'refused';
  readonly crmId: string | null;
  readonly reason?: string;
  readonly defaults?: Fields;
}

export interface DestinationSession {
  /**
   * Writes a batch, all of it or, where single records are refused, all but those. In one transaction with the marker:
   * when the marker is there already nothing is written and the outcomes stored with it are returned.
   *
   * @param settle turns what was done into the outcomes that are stored with the marker
   */
  deliver(
    object: ObjectDefinition,
    batch: { readonly marker: DeliveryMarker; readonly writes: readonly PlannedWrite[] },
    settle: (delivered: readonly Delivered[]) => readonly EntryOutcome[],
  ): Promise<readonly EntryOutcome[]>;
}

export interface Destination extends DestinationSession {
  /**
   * The outcomes of a delivery that was made, or null. Waits for a writer that is at it, so that the answer stands as long
   * as nobody delivers it.
   */
  recall(marker: DeliveryMarker): Promise<readonly EntryOutcome[] | null>;
  /** Proves that the objects' tables and columns exist and may be used, without leaving a trace. Describes itself. */
  check(objects: readonly ObjectDefinition[]): Promise<string>;
  /** Records whose field may equal one of the normalised values: a superset, which the caller narrows. */
  find(object: ObjectDefinition, field: string, values: readonly string[]): Promise<readonly FoundRecord[]>;
  /** Canonical fields by CRM id; missing ids have no entry. */
  read(object: ObjectDefinition, crmIds: readonly string[]): Promise<ReadonlyMap<string, Fields>>;
  /** The ids of all records in one order, a page at a time: those after `after`, or from the first where it is null. */
  ids(
    object: ObjectDefinition,
    page: { readonly after: string | null; readonly limit: number },
  ): Promise<readonly string[]>;
  /**
   * Of these ids, those whose record was merged into another one, with the id of that one: of the last, where it was
   * merged too. Asked only for objects that say where the CRM keeps it (`mergedInto`).
   */
  survivors(object: ObjectDefinition, crmIds: readonly string[]): Promise<ReadonlyMap<string, string>>;
  /**
   * Of these ids, those that other records refer to, of any table.
   *
   * @param going ids of the object that are about to be deleted: what only these refer to is not referenced
   */
  referenced(
    object: ObjectDefinition,
    crmIds: readonly string[],
    going?: readonly string[],
  ): Promise<ReadonlySet<string>>;
  /** Two columns of a table as text, without rows that have no code: for code tables. At most `limit` rows. */
  readCodes(query: CodeQuery, limit: number): Promise<readonly (readonly [code: string, value: string | null])[]>;
  /**
   * Called when the deliveries of a run are done, also when there were none: what others take as a whole, such as a file,
   * may be renewed now, and is never seen half renewed. Changes nothing of what the other calls say. Once more is the same
   * as once; what a call that died has left undone is done by the next.
   */
  publish(object: ObjectDefinition, progress?: () => void): Promise<void>;
  close(): Promise<void>;
}

export interface DestinationContext {
  readonly projectDir: string;
  /** The store's own address, for destinations that live beside it. */
  readonly storeUrl: string;
  /** Tables in a schema of the store's database, for destinations that keep their records there. */
  readonly tables: (connection: ConnectionDefinition, schema: string) => Promise<Destination>;
}

/** One kind of destination: its name, its settings' schema, its factory. One line in `registry.ts`. */
export interface DestinationKind {
  readonly kind: string;
  /** Validates `settings` after secrets are resolved; throws ZodError. */
  parse(settings: unknown): unknown;
  open(connection: ConnectionDefinition, settings: unknown, context: DestinationContext): Promise<Destination>;
}
