// How the measurement sends an event: as a system does, one record in a request.

import { readRunning, dataDirOf } from '../../src/runtime/running.ts';
import type { Up } from '../up.ts';
import { customer, KEY, STREAM } from './project.ts';

/** Resolves when the event is accepted. */
export type Send = (n: number) => Promise<void>;

/** @returns what sends the event of a customer's second revision; rejects where it is not accepted */
export async function openSender({ dir }: Pick<Up, 'dir'>): Promise<Send> {
  const receiver = (await readRunning(dataDirOf(dir, {})))?.receiverUrl;
  if (receiver === undefined) throw new Error(`nothing receives events for ${dir}`);
  const url = new URL(`/v1/systems/${STREAM.system}/streams/${STREAM.stream}/events`, receiver);
  return async (n) => {
    const headers = { 'content-type': 'application/json', authorization: `Bearer ${KEY}`, 'x-event-id': `e-${n}` };
    const answer = await fetch(url, { method: 'POST', headers, body: JSON.stringify(customer(n, 2)) });
    const text = await answer.text();
    if (answer.status !== 202) throw new Error(`HTTP ${answer.status}: ${text}`);
  };
}
