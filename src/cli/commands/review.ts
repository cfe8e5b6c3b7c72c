import type { Command } from 'commander';
import { SyncError } from '../../domain/errors.ts';
import { openConnections } from '../../runtime/connections.ts';
import type { Destination } from '../../destinations/destination.ts';
import { findReview, listReviews, type ReviewRow } from '../../store/reviews.ts';
import type { Cli } from '../main.ts';
import { type NamedObject, requireObject } from '../objects.ts';
import { durationOption, idOption, limitOption } from '../options.ts';
import { EXIT, print, printIfCut, printJson, table } from '../output.ts';
import { loadReview, renderReview, reviewJson, summaryJson } from '../review-view.ts';
import { type GlobalOptions, openSession, type Session } from '../session.ts';
import { ageOf } from './quarantine-rows.ts';
import { addDecide } from './review-decide.ts';

export function addReview(cli: Cli): void {
  const { program, act } = cli;
  const review = program.command('review').description('claims that only a person can settle: look at them, decide');
  withPicks(review.command('list').description('open reviews, oldest first'))
    .option('--decided', 'what was decided, newest first', false)
    .option('--limit <n>', 'how many', limitOption, 100)
    .action(act(list));
  review
    .command('show <id>')
    .description('the source’s record beside the CRM records in question, or the fields in dispute')
    .action(act(async (options, id: string) => show(options, idOption(id))));
  addDecide(review, cli);
}

interface ListOptions {
  readonly sync?: string;
  readonly object?: string;
  readonly key?: string;
  readonly field?: string;
  readonly olderThan?: number;
  readonly decided: boolean;
  readonly limit: number;
}

function withPicks(command: Command): Command {
  return command
    .option('--sync <sync>', 'of one sync')
    .option('--object <object>', 'of one object')
    .option('--key <key>', 'with this source key')
    .option('--field <field>', 'in which this field is in dispute')
    .option('--older-than <duration>', 'that have waited for longer: 12h, 7d', durationOption);
}

async function list(options: GlobalOptions, { olderThan, ...filter }: ListOptions): Promise<number> {
  const session = await openSession(options, { workers: 0 });
  try {
    const waited = olderThan === undefined ? {} : { olderThanMs: olderThan };
    const rows = await listReviews(session.store.pool, { ...filter, ...waited });
    if (options.json) printJson({ reviews: rows.map(summaryJson) });
    else if (rows.length === 0) print(filter.decided ? 'nothing was decided' : 'nothing waits for a decision');
    else print(filter.decided ? table(DECIDED, rows.map(toDecided)) : table(OPEN, rows.map(toOpen)));
    if (!options.json) printIfCut(rows.length, filter.limit);
    return EXIT.done;
  } finally {
    await session.close();
  }
}

const OPEN = ['id', 'sync', 'key', 'question', 'waits'];
const DECIDED = ['id', 'sync', 'key', 'question', 'decision', 'by', 'why'];

function toOpen({ id, sync, key, reason, createdAt }: ReviewRow): readonly (string | number)[] {
  return [id, sync, key, reason, ageOf(createdAt)];
}

function toDecided({ id, sync, key, reason, decision, decidedBy, why }: ReviewRow): readonly (string | number)[] {
  return [id, sync, key, reason, decision ?? '', decidedBy ?? '', why ?? ''];
}

async function show(options: GlobalOptions, id: number): Promise<number> {
  const session = await openSession(options, { workers: 0 });
  try {
    const review = await findReview(session.store.pool, id);
    if (review === undefined) throw new SyncError('review.not_found', { message: `there is no review ${id}` });
    const named = requireObject(session.project, review.object);
    await withDestination(session, named, async (destination) => {
      const details = await loadReview({ db: session.store.pool, object: named.object, destination }, review);
      if (options.json) printJson(reviewJson(details));
      else print(renderReview(details));
    });
    return EXIT.done;
  } finally {
    await session.close();
  }
}

/** Lends the CRM of an object to some work. */
export async function withDestination<T>(
  { project, databaseUrl }: Session,
  { connection }: NamedObject,
  work: (destination: Destination) => Promise<T>,
): Promise<T> {
  const connections = openConnections({ projectDir: project.dir, storeUrl: databaseUrl, env: process.env });
  try {
    return await work(await connections.destination(connection));
  } finally {
    await connections.close();
  }
}
