// Pins: a steward fixes a field of a CRM record, or gives it back to the sources. The record is merged again by the next
// run of a sync that speaks of it.

import type { ObjectDefinition } from '../domain/definition.ts';
import { SyncError } from '../domain/errors.ts';
import { canonicalise } from '../domain/field-types.ts';
import { isEmpty, type Value } from '../domain/values.ts';
import type { Client } from '../postgres/client.ts';
import { lockRecords, recordsByCrmId } from '../store/claims.ts';
import { liftHolds } from '../store/exceptions.ts';
import { endPins, setPin } from '../store/pins.ts';
import { reenterRecord, syncsOfRecord } from '../store/reentry.ts';
import type { Steward } from '../store/reviews.ts';

export interface PinPlace {
  readonly object: ObjectDefinition;
  readonly crmId: string;
}

/** The value that a text means in a field. Errors: `config.usage`. */
export function pinValue({ name, fields }: ObjectDefinition, field: string, text: string | null): Value {
  const definition = fields[field];
  if (definition === undefined) {
    throw new SyncError('config.usage', {
      message: `${name} has no field ${field}; it has ${Object.keys(fields).join(', ')}`,
    });
  }
  const made = canonicalise(definition.type, text);
  if (!made.ok) throw new SyncError('config.usage', { message: `${field}: ${made.message}` });
  if (definition.required && isEmpty(made.value))
    throw new SyncError('config.usage', { message: `${field} is required: it cannot be pinned empty` });
  return made.value;
}

/** @returns the syncs whose next run writes it. Errors: `explain.not_found` where no source speaks of the record. */
export async function pinField(
  client: Client,
  place: PinPlace,
  pin: { readonly field: string; readonly value: Value; readonly expiresAt: number | null; readonly steward: Steward },
): Promise<readonly string[]> {
  const { field, value, expiresAt, steward } = pin;
  const recordId = await lockRecord(client, place);
  await setPin(client, { recordId, field, value, expiresAt, ...steward });
  // What an undo or a person held back is said anew, by a person.
  await liftHolds(client, [{ recordId, field }]);
  await reenterRecord(client, recordId, 'a field was pinned');
  return syncsOfRecord(client, recordId);
}

/** @param fields null: all of the record. @returns the fields that were pinned, and the syncs that write them again */
export async function unpin(
  client: Client,
  place: PinPlace,
  { fields, by }: { readonly fields: readonly string[] | null; readonly by: string },
): Promise<{ readonly fields: readonly string[]; readonly syncs: readonly string[] }> {
  const recordId = await lockRecord(client, place);
  const ended = await endPins(client, { recordId, fields }, by);
  if (ended.length > 0) await reenterRecord(client, recordId, 'a pin was taken away');
  return { fields: ended, syncs: await syncsOfRecord(client, recordId) };
}

async function lockRecord(client: Client, { object, crmId }: PinPlace): Promise<number> {
  const record = (await recordsByCrmId(client, object.name, [crmId])).get(crmId);
  if (record === undefined)
    throw new SyncError('explain.not_found', { message: `no source has spoken of the ${object.name} ${crmId}` });
  await lockRecords(client, [record.id]);
  return record.id;
}
