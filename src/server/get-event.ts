// GET /v1/events/ID: what became of an event, for the system that sent it.

import { type Answer, json } from './answer.ts';
import { deliveryOf, systemsOf, unauthorized } from './authenticate.ts';
import type { ReceiverDeps } from './deps.ts';
import { eventAnswer } from './event-answer.ts';
import { notFound } from './post-events.ts';
import type { Request } from './request.ts';

const NO_BODY = new Uint8Array();

/** Of events of other systems nobody learns whether they are there. */
export async function getEvent(deps: ReceiverDeps, { message, found }: Request): Promise<Answer> {
  const id = Number(found['id']);
  const { publicUrl } = deps;
  const delivery = deliveryOf(message, { body: NO_BODY, publicUrl, now: deps.now() });
  // What HEAD asks, GET would answer.
  const from = systemsOf(deps.systems(), { ...delivery, method: 'GET' });
  if (from.length === 0) throw unauthorized('no system has signed the path of this request, or sent its key');
  const event = await deps.outcome(id);
  if (event === undefined || !from.includes(event.system)) throw notFound(`there is no event ${id}`);
  return json(200, eventAnswer(event));
}
