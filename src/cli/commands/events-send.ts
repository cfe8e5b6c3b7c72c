import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { extname } from 'node:path';
import { type Command, InvalidArgumentError } from 'commander';
import type { Project } from '../../config/load.ts';
import type { SystemDefinition } from '../../config/systems.ts';
import { SyncError } from '../../domain/errors.ts';
import { adaptersOf } from '../../runtime/receiver/systems.ts';
import { openProject } from '../../runtime/project.ts';
import { dataDirOf, readRunning } from '../../runtime/running.ts';
import { acceptedSchema, type EventAnswer, problemSchema } from '../../server/api.ts';
import type { Cli } from '../main.ts';
import { EXIT, print, printJson } from '../output.ts';
import type { GlobalOptions } from '../session.ts';

interface SendOptions {
  readonly id?: string;
  readonly wait?: number;
  readonly type?: string;
  readonly url?: string;
}

const TYPES: Readonly<Record<string, string>> = {
  '.json': 'application/json',
  '.ndjson': 'application/x-ndjson',
  '.jsonl': 'application/x-ndjson',
  '.csv': 'text/csv',
  '.xml': 'application/xml',
};

export function addSend(events: Command, { act }: Cli): void {
  events
    .command('send <system/stream> <file>')
    .description('sign a file as the system would and post it to the receiver, to try things; `-` is standard input')
    .option('--id <id>', 'the id of the event; default: a new one')
    .option('--wait <seconds>', 'wait so long for the outcome, such as 5s; at most 30s', waitOption)
    .option('--type <type>', 'the Content-Type; default: by the extension of the file')
    .option('--url <address>', 'of the receiver; default: that of `tributary up`')
    .action(act(async (options, ...given: [string, string, SendOptions]) => send(options, given)));
}

function waitOption(text: string): number {
  const seconds = /^(\d{1,2})s?$/.exec(text)?.[1];
  if (seconds === undefined || Number(seconds) > 30) throw new InvalidArgumentError('expected 0s to 30s');
  return Number(seconds);
}

async function send(
  options: GlobalOptions,
  [address, file, given]: readonly [string, string, SendOptions],
): Promise<number> {
  const project = await openProject(options.project);
  const [name = '', stream = ''] = address.split('/');
  const system = Object.hasOwn(project.systems, name) ? project.systems[name] : undefined;
  if (system === undefined) {
    const known = Object.keys(project.systems).join(', ') || 'there is none';
    throw new SyncError('config.usage', {
      message: `expected SYSTEM/STREAM with a system of tributary.yaml (${known})`,
    });
  }
  const base = given.url ?? (await receiverOf(project));
  const body = await bytesOf(file);
  const type = given.type ?? TYPES[extname(file)] ?? 'application/json';
  const query = given.wait === undefined ? '' : `?wait=${given.wait}s`;
  const path = `/v1/systems/${name}/streams/${stream}/events${query}`;
  const request = await signed({ system, project, path, base, body, id: given.id ?? `try-${randomUUID()}` });
  const heard = await post(base + path, { ...request, headers: { 'content-type': type, ...request.headers } });
  const { events } = acceptedSchema.parse(heard);
  if (options.json) printJson({ events });
  else for (const event of events) print(lineOf(event));
  return events.some(({ outcome }) => outcome?.error != null) ? EXIT.failed : EXIT.done;
}

async function receiverOf({ dir }: Project): Promise<string> {
  const running = await readRunning(dataDirOf(dir));
  if (running?.receiverUrl !== undefined) return running.receiverUrl;
  const why = running === null ? 'the project is not up' : 'the project was started before it had `systems`';
  throw new SyncError('config.usage', { message: `${why}: start \`tributary up\`, or name a receiver by --url` });
}

async function bytesOf(file: string): Promise<Uint8Array> {
  if (file === '-') {
    const chunks: Uint8Array[] = [];
    for await (const chunk of process.stdin) chunks.push(Buffer.from(chunk as Uint8Array)); // without an encoding set
    return Buffer.concat(chunks);
  }
  return readFile(file).catch((cause: unknown) => {
    throw new SyncError('config.usage', { message: `the file ${file} cannot be read`, cause });
  });
}

interface Message {
  readonly system: SystemDefinition;
  readonly project: Project;
  readonly path: string;
  readonly base: string;
  readonly body: Uint8Array;
  readonly id: string;
}

/** By the first way of the system that can. */
async function signed({ system, project, path, base, body, id }: Message): Promise<{
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}> {
  const adapters = await adaptersOf(system, project);
  if (adapters instanceof SyncError) throw adapters;
  const url = (project.receiver.publicUrl ?? base) + path;
  const reasons: string[] = [];
  for (const adapter of adapters) {
    try {
      return adapter.send({ method: 'POST', path, url, body, id, at: Date.now() });
    } catch (error) {
      reasons.push(error instanceof Error ? error.message : String(error));
    }
  }
  throw new SyncError('config.usage', { message: `nothing can be sent as ${system.name}: ${reasons.join('; ')}` });
}

async function post(
  url: string,
  { headers, body }: { readonly headers: Readonly<Record<string, string>>; readonly body: Uint8Array },
): Promise<unknown> {
  const response = await fetch(url, { method: 'POST', headers, body: Buffer.from(body) }).catch((cause: unknown) => {
    throw new SyncError('config.usage', { message: `no receiver answers at ${new URL(url).origin}`, cause });
  });
  const heard: unknown = await response.json().catch(() => null);
  if (response.ok) return heard;
  const problem = problemSchema.safeParse(heard).data;
  const because = problem === undefined ? '' : `, ${problem.code}: ${problem.detail}. ${problem.hint}`;
  throw new SyncError('event.refused', { message: `the receiver answered ${response.status}${because}` });
}

function lineOf({
  id,
  event_id: eventId,
  known,
  outcome,
}: {
  readonly id: number;
  readonly event_id: string;
  readonly known: boolean;
  readonly outcome?: EventAnswer | undefined;
}): string {
  const counts = Object.entries(outcome?.outcome ?? {}).filter(([, records]) => records > 0);
  const became = counts.map(([name, records]) => `${records} ${name}`).join(', ');
  const state = outcome?.error?.message ?? (became === '' ? (outcome?.state ?? 'accepted') : became);
  return `event ${id}  ${eventId}${known ? ' (known)' : ''}  ${state}`;
}
