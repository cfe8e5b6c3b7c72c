import type { Command } from 'commander';
import { SyncError } from '../../domain/errors.ts';
import { defaultWorkerCount } from '../../runtime/services.ts';
import { pinField, pinValue, unpin } from '../../steps/pin.ts';
import { listPins, type PinRow } from '../../store/pins.ts';
import { showValue } from '../changes.ts';
import type { Cli } from '../main.ts';
import { mergeNow } from '../merge-now.ts';
import { requireObject } from '../objects.ts';
import { limitOption, untilOption } from '../options.ts';
import { EXIT, paint, print, printJson, table } from '../output.ts';
import { parseAssignment } from '../record-edits.ts';
import { type GlobalOptions, openSession, type Session, whoAmI } from '../session.ts';
import { stopSignal } from './up.ts';

const NOW = 'merge the record at once, in a run of its own; otherwise the next run does';

export function addPin(cli: Cli): void {
  const { program, act } = cli;
  const pin = program.command('pin').description('values that a person fixes, whatever the sources say');
  pin
    .command('set <object> <crm-id> <field=value>')
    .description('fix a field of a CRM record; `field=` fixes it empty')
    .option('--until <when>', 'when it expires: a date, a date-time with a zone, or a duration: 30d', untilOption)
    .option('--why <text>', 'why, for those who look later')
    .option('--by <name>', 'who fixes it')
    .option('--now', NOW, false)
    .action(
      act(async (options, ...[object, crmId, assignment, set]: [string, string, string, SetOptions]) =>
        setOne(options, { object, crmId, assignment }, set),
      ),
    );
  addList(pin, cli);
  pin
    .command('remove <object> <crm-id> [fields...]')
    .description('give fields back to the sources; without fields all of the record')
    .option('--by <name>', 'who gives them back')
    .option('--now', NOW, false)
    .action(
      act(async (options, ...[object, crmId, fields, remove]: [string, string, readonly string[], RemoveOptions]) =>
        removeAll(options, { object, crmId, fields }, remove),
      ),
    );
}

interface RemoveOptions {
  readonly by?: string;
  readonly now: boolean;
}

interface SetOptions extends RemoveOptions {
  readonly until?: Date;
  readonly why?: string;
}

async function setOne(
  options: GlobalOptions,
  place: { readonly object: string; readonly crmId: string; readonly assignment: string },
  { until, why, by = whoAmI(), now }: SetOptions,
): Promise<number> {
  const { path: field, value: given } = parseAssignment(place.assignment);
  const text = typeof given === 'string' && given !== '' ? given : null;
  return work(options, now, async (session) => {
    const { object } = requireObject(session.project, place.object);
    const value = pinValue(object, field, text);
    const pin = { field, value, expiresAt: until?.getTime() ?? null, steward: { by, why: why ?? null } };
    const syncs = await session.store.transaction((client) => pinField(client, { object, crmId: place.crmId }, pin));
    const said = { object: object.name, crm_id: place.crmId, field, value, expires_at: until ?? null, by };
    return { syncs, said, text: `${object.name} ${place.crmId}: ${field} is fixed as ${showValue(value)}` };
  });
}

async function removeAll(
  options: GlobalOptions,
  place: { readonly object: string; readonly crmId: string; readonly fields: readonly string[] },
  { by = whoAmI(), now }: RemoveOptions,
): Promise<number> {
  return work(options, now, async (session) => {
    const { object } = requireObject(session.project, place.object);
    const wanted = { fields: place.fields.length === 0 ? null : place.fields, by };
    const { fields, syncs } = await session.store.transaction((client) =>
      unpin(client, { object, crmId: place.crmId }, wanted),
    );
    if (fields.length === 0)
      throw new SyncError('config.usage', { message: `nothing of this is pinned on ${object.name} ${place.crmId}` });
    const said = { object: object.name, crm_id: place.crmId, removed: fields };
    return { syncs, said, text: `${object.name} ${place.crmId}: ${fields.join(', ')} follow the sources again` };
  });
}

interface Done {
  readonly syncs: readonly string[];
  readonly said: Readonly<Record<string, unknown>>;
  readonly text: string;
}

/** Says what was done, or merges it at once and follows that run instead. */
async function work(
  { json, ...options }: GlobalOptions,
  now: boolean,
  change: (session: Session) => Promise<Done>,
): Promise<number> {
  const signal = stopSignal();
  const session = await openSession({ json, ...options }, { workers: now ? defaultWorkerCount() : 0, signal });
  try {
    const { syncs, said, text } = await change(session);
    // Whichever sync comes first writes it: one is enough.
    if (now) return await mergeNow(session, syncs.slice(0, 1), { json, signal });
    if (json) printJson(said);
    else {
      print(text);
      print(paint('dim', `written by the next run of ${syncs.join(' or ')}; at once: --now`));
    }
    return EXIT.done;
  } finally {
    await session.close();
  }
}

interface ListOptions {
  readonly object?: string;
  readonly crmId?: string;
  readonly field?: string;
  readonly ended: boolean;
  readonly limit: number;
}

function addList(pin: Command, { act }: Cli): void {
  pin
    .command('list')
    .description('what is fixed, newest first')
    .option('--object <object>', 'of one object')
    .option('--crm-id <id>', 'of one CRM record')
    .option('--field <field>', 'of one field')
    .option('--ended', 'also those that expired or were taken away', false)
    .option('--limit <n>', 'how many', limitOption, 100)
    .action(act(list));
}

async function list(options: GlobalOptions, filter: ListOptions): Promise<number> {
  const session = await openSession(options, { workers: 0 });
  try {
    const rows = await listPins(session.store.pool, filter);
    if (options.json) printJson({ pins: rows.map(toJson) });
    else print(rows.length === 0 ? 'nothing is fixed' : table(HEADER, rows.map(toCells)));
    return EXIT.done;
  } finally {
    await session.close();
  }
}

const HEADER = ['object', 'CRM id', 'field', 'value', 'until', 'by', 'why'];

function toCells({ object, crmId, field, value, expiresAt, endedAt, by, why }: PinRow): readonly string[] {
  const until = expiresAt === null ? '' : dateOf(expiresAt);
  const ended = endedAt === null ? until : `ended ${dateOf(endedAt.getTime())}`;
  return [object, crmId, field, showValue(value), ended, by, why ?? ''];
}

function dateOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 16).replace('T', ' ');
}

function toJson({ object, crmId, field, value, expiresAt, endedAt, endedBy, ...pin }: PinRow): object {
  return {
    object,
    crm_id: crmId,
    field,
    value,
    by: pin.by,
    why: pin.why,
    since: pin.createdAt,
    expires_at: expiresAt === null ? null : new Date(expiresAt),
    ...(endedAt === null ? {} : { ended_at: endedAt, ended_by: endedBy }),
  };
}
