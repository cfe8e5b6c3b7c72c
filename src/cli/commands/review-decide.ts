import type { Command } from 'commander';
import { SyncError } from '../../domain/errors.ts';
import type { Decision } from '../../domain/reviews.ts';
import { defaultWorkerCount } from '../../runtime/services.ts';
import { decideReview } from '../../steps/decide.ts';
import { findReview, type ReviewRow, type Steward } from '../../store/reviews.ts';
import type { Cli } from '../main.ts';
import { mergeNow } from '../merge-now.ts';
import { requireObject } from '../objects.ts';
import { idOption, listOption } from '../options.ts';
import { EXIT, paint, print, printJson } from '../output.ts';
import { type GlobalOptions, openSession, type Session, whoAmI } from '../session.ts';
import { withDestination } from './review.ts';
import { stopSignal } from './up.ts';

interface DecideOptions {
  readonly same?: string;
  readonly notSame?: readonly string[];
  readonly create?: true;
  readonly keepCrm?: true | readonly string[];
  readonly takeSource?: true | readonly string[];
  readonly again?: true;
  readonly why?: string;
  readonly by?: string;
  readonly now: boolean;
}

export function addDecide(review: Command, { act }: Cli): void {
  review
    .command('decide <ids...>')
    .description('answer reviews: whose record it is, or what the disputed fields are to hold')
    .option('--same <crm-id>', 'it is this CRM record')
    .option('--not-same <crm-ids>', 'it is none of these CRM records; with commas between', listOption)
    .option('--create', 'it is none that there are: a new record')
    .option('--keep-crm [fields]', 'these fields (default: all in dispute) keep the CRM’s value', listOption)
    .option('--take-source [fields]', 'these fields (default: all in dispute) get the sources’ value', listOption)
    .option('--again', 'look again: what was in the way is gone')
    .option('--why <text>', 'why, for those who look later')
    .option('--by <name>', 'who decides')
    .option('--now', 'merge what was decided at once, in a run of its own; otherwise the next run does', false)
    .action(act(async (options, ids: readonly string[], decide: DecideOptions) => decideAll(options, ids, decide)));
}

async function decideAll(options: GlobalOptions, ids: readonly string[], decide: DecideOptions): Promise<number> {
  const numbers = [...new Set(ids.map(idOption))];
  const decision = decisionOf(decide);
  const signal = stopSignal();
  const session = await openSession(options, { workers: decide.now ? defaultWorkerCount() : 0, signal });
  try {
    const steward = { by: decide.by ?? whoAmI(), why: decide.why ?? null };
    await checkSame(session, numbers, decision);
    // All or none: of many answers none is left to be found out by which failed.
    const decided = await session.store.transaction(async (client) => {
      const rows: ReviewRow[] = [];
      for (const id of numbers) rows.push(await decideReview(client, { id, decision, steward }));
      return rows;
    });
    const syncs = [...new Set(decided.map(({ sync }) => sync))];
    if (decide.now) return await mergeNow(session, syncs, { json: options.json, signal });
    say(options, { decided, decision, steward, syncs });
    return EXIT.done;
  } finally {
    await session.close();
  }
}

function fieldsOf(given: true | readonly string[]): readonly string[] {
  return given === true ? ['*'] : given;
}

function decisionOf({ same, notSame, create, keepCrm, takeSource, again }: DecideOptions): Decision {
  return {
    ...(same === undefined ? {} : { same }),
    ...(notSame === undefined ? {} : { notSame }),
    ...(create === undefined ? {} : { create }),
    ...(keepCrm === undefined ? {} : { keepCrm: fieldsOf(keepCrm) }),
    ...(takeSource === undefined ? {} : { takeSource: fieldsOf(takeSource) }),
    ...(again === undefined ? {} : { again }),
  };
}

/** That a record is in the CRM is worth a look before a judgement outlives everything. */
async function checkSame(session: Session, ids: readonly number[], { same }: Decision): Promise<void> {
  const [id] = ids;
  if (same === undefined || id === undefined) return;
  const review = await findReview(session.store.pool, id);
  if (review !== undefined) await requireCrmRecord(session, review.object, same);
}

/** Errors: `explain.not_found`. */
export async function requireCrmRecord(session: Session, object: string, crmId: string): Promise<void> {
  const named = requireObject(session.project, object);
  const found = await withDestination(session, named, (destination) => destination.read(named.object, [crmId]));
  if (!found.has(crmId)) throw new SyncError('explain.not_found', { message: `the CRM has no ${object} ${crmId}` });
}

interface Said {
  readonly decided: readonly ReviewRow[];
  readonly decision: Decision;
  readonly steward: Steward;
  readonly syncs: readonly string[];
}

function say({ json }: GlobalOptions, { decided, decision, steward, syncs }: Said): void {
  if (json) {
    printJson({ decided: decided.map(({ id, sync, key }) => ({ id, sync, key })), decision, ...steward });
    return;
  }
  print(decided.length === 1 ? `review ${decided[0]?.id ?? ''} decided` : `${decided.length} reviews decided`);
  print(
    paint('dim', `the next run of ${syncs.join(', ')} merges ${decided.length === 1 ? 'it' : 'them'}; at once: --now`),
  );
}
