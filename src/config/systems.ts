// Systems that send events: their definition, and what no single key of it can show.

import type { Authentication } from '../adapters/registry.ts';
import type { SyncDefinition } from '../domain/definition.ts';
import { checkName, type Names, type Report } from './check-names.ts';
import { mapValues } from './compile.ts';
import type { ReceiverInput, SystemInput } from './schema-systems.ts';

/** Where the sender's id of an event stands. */
export type EventIdPlace = { readonly header: string } | { readonly path: string };

/** A system that may send events. Secrets are still references. */
export interface SystemDefinition {
  /** That of its connection. */
  readonly name: string;
  /** Any one of them is enough. */
  readonly authentication: readonly Authentication[];
  /** Null: the id is the one that the authentication knows. */
  readonly eventIds: Readonly<Record<string, EventIdPlace | null>>;
  /** Requests accepted in a second. */
  readonly rate: number;
  /** Events that may wait to be merged. */
  readonly waiting: number;
}

export interface ReceiverDefinition {
  readonly port: number;
  /** Without a path. Null: the `Host` of each request. */
  readonly publicUrl: string | null;
}

type Systems = Readonly<Record<string, SystemInput>>;

export function compileSystems(inputs: Systems): Record<string, SystemDefinition> {
  return mapValues(inputs, (input, name) => ({
    name,
    authentication: waysOf(input),
    eventIds: mapValues(input.streams, ({ id }) => id ?? null),
    rate: input.rate,
    waiting: input.waiting,
  }));
}

export function compileReceiver({ port, public_url: publicUrl }: ReceiverInput): ReceiverDefinition {
  return { port, publicUrl: publicUrl ?? null };
}

function waysOf({ authentication }: SystemInput): readonly Authentication[] {
  return Array.isArray(authentication) ? authentication : [authentication];
}

/** Names that are those of connections; secrets that are references; addresses that can be known. */
export function checkSystems(
  { systems, receiver }: { readonly systems: Systems; readonly receiver: ReceiverInput | undefined },
  names: Names,
  report: Report,
): void {
  for (const [name, system] of Object.entries(systems)) {
    const path = ['systems', name];
    checkName(report, { what: 'a connection', among: names.connections.keys(), path, name, at: 'key' });
    for (const [index, way] of waysOf(system).entries()) {
      const at = [...path, 'authentication', ...(Array.isArray(system.authentication) ? [index] : [])];
      checkWay(way, (key, message) => report([...at, ...key], message));
      if (way.kind === 'hmac' && way.signed.includes('{url}') && receiver?.public_url === undefined)
        report([...at, 'signed'], '`{url}` needs `receiver.public_url`: the address that senders sign');
    }
  }
}

function checkWay(way: Authentication, report: (key: readonly (string | number)[], message: string) => void): void {
  const [key, texts] = 'keys' in way ? (['keys', way.keys] as const) : (['secrets', way.secrets] as const);
  for (const [index, text] of texts.entries()) {
    if (text.includes('${') || (key === 'keys' && /^sha256:[0-9a-f]{64}$/.test(text))) continue;
    const digest = key === 'keys' ? ', or its digest as sha256: and 64 hexadecimal digits' : '';
    report([key, index], `expected a reference to the secret such as \${env:NAME}${digest}`);
  }
}

/** What is said of a stream is said of one that a sync takes the events of. */
export function checkStreams(
  systems: Readonly<Record<string, SystemDefinition>>,
  syncs: readonly SyncDefinition[],
  report: Report,
): void {
  for (const { name: system, eventIds } of Object.values(systems)) {
    const among = syncs.flatMap(({ stream, events }) =>
      stream.connection === system && events ? [events.stream] : [],
    );
    for (const name of Object.keys(eventIds)) {
      const what = 'a stream that a sync takes the events of (`when.events`)';
      checkName(report, { what, among, path: ['systems', system, 'streams', name], name, at: 'key' });
    }
  }
}
