import { SyncError } from '../../domain/errors.ts';
import { eventOutcome, type EventState, type StoredEvent } from '../../store/inbox.ts';
import { eventBody, listEvents } from '../../store/inbox-list.ts';
import { eventAnswer } from '../../server/event-answer.ts';
import type { Cli } from '../main.ts';
import { idOption, limitOption } from '../options.ts';
import { EXIT, paint, print, printIfCut, printJson, table } from '../output.ts';
import { type GlobalOptions, openSession } from '../session.ts';
import { addSend } from './events-send.ts';
import { ageOf } from './quarantine-rows.ts';

interface ListOptions {
  readonly system?: string;
  readonly stream?: string;
  readonly state?: EventState;
  readonly limit: number;
}

export function addEvents(cli: Cli): void {
  const { program, act } = cli;
  const events = program.command('events').description('what systems have sent: look at it, or send something to try');
  events
    .command('list')
    .description('events, the newest first')
    .option('--system <name>', 'only of this system')
    .option('--stream <name>', 'only of this stream')
    .option('--state <state>', 'only those: waiting, taken (by a run) or done', stateOption)
    .option('--limit <n>', 'how many at most', limitOption, 50)
    .action(act(list));
  events
    .command('show <id>')
    .description('one event: what became of it, and its body')
    .action(act(async (options, id: string) => show(options, idOption(id))));
  addSend(events, cli);
}

const STATES: readonly EventState[] = ['waiting', 'taken', 'done'];

function stateOption(text: string): EventState {
  const state = STATES.find((one) => one === text);
  if (state === undefined) throw new SyncError('config.usage', { message: `expected --state ${STATES.join(', ')}` });
  return state;
}

async function list(options: GlobalOptions, filter: ListOptions): Promise<number> {
  const session = await openSession(options, { workers: 0 });
  try {
    const events = await listEvents(session.store.pool, filter);
    if (options.json) printJson({ events: events.map(eventAnswer) });
    else print(events.length === 0 ? 'no events' : table(HEADER, events.map(toCells)));
    if (!options.json) printIfCut(events.length, filter.limit);
    return EXIT.done;
  } finally {
    await session.close();
  }
}

const HEADER = ['id', 'system', 'stream', 'event', 'age', 'state', 'outcome', 'run'];

function toCells(event: StoredEvent): readonly (string | number)[] {
  const { id, system, stream, eventId, receivedAt, state, run } = event;
  return [id, system, stream, eventId, ageOf(receivedAt), state, outcomeText(event), run ?? ''];
}

function outcomeText({ outcome, error }: StoredEvent): string {
  if (error !== null) return error.code;
  return Object.entries(outcome ?? {})
    .filter(([, records]) => records > 0)
    .map(([name, records]) => `${records} ${name}`)
    .join(', ');
}

async function show(options: GlobalOptions, id: number): Promise<number> {
  const session = await openSession(options, { workers: 0 });
  try {
    const { pool } = session.store;
    const [event, held] = [await eventOutcome(pool, id), await eventBody(pool, id)];
    if (event === undefined || held === undefined)
      throw new SyncError('event.not_found', { message: `there is no event ${id}` });
    const body = Buffer.from(held.body).toString('utf8');
    if (options.json) printJson({ ...eventAnswer(event), content_type: held.contentType, body });
    else render(event, { contentType: held.contentType, body });
    return EXIT.done;
  } finally {
    await session.close();
  }
}

function render(
  event: StoredEvent,
  { contentType, body }: { readonly contentType: string; readonly body: string },
): void {
  const { id, system, stream, eventId, receivedAt, state, run, error } = event;
  print(`${paint('bold', `event ${id}`)}  ${system}/${stream} ${eventId}, ${state}, received ${ageOf(receivedAt)} ago`);
  if (run !== null) print(`  run      ${run}`);
  const became = error === null ? outcomeText(event) : `${error.code}: ${error.message}`;
  if (became !== '') print(`  outcome  ${became}`);
  print(paint('dim', contentType));
  print(body);
}
