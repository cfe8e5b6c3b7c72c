// The program of the campaign's workers: ours, with failpoints armed, a clock that may be wrong, and, when a seeded bug is
// named, that bug. Nothing of this is in the product.

import { register } from 'node:module';
import { setTimeout as sleep } from 'node:timers/promises';
import { armFailpoints, type Failpoint, type FailpointSide } from '../../src/domain/failpoints.ts';
import { Control, type Place } from './control.ts';

const control = new Control(process.env['CHAOS_CONTROL'] ?? '');
const bug = process.env['CHAOS_BUG'] ?? '';
const reached = new Set<Place>();
/** How long after an activity has answered its "after" comes. */
const ANSWERED_MS = 60;

if (bug !== '') register('./bug-hooks.js', import.meta.url, { data: bug });
armFailpoints(visit);
const clock = bendClock();
setInterval(() => clock.shift(control.clockMs()), 200).unref();
await import('../../src/runtime/worker-process.ts');

async function visit(point: Failpoint, side: FailpointSide): Promise<void> {
  const place: Place = `${point}@${side}`;
  if (!reached.has(place)) {
    reached.add(place);
    control.noteReached(place);
  }
  const action = control.claim(place, process.pid);
  // Whoever comes back from SIGSTOP is a zombie that does not know it.
  if (action === 'stop') process.kill(process.pid, 'SIGSTOP');
  if (action === 'kill') await die();
  if (action === 'error') throw Object.assign(new Error(`lost at ${place}`), { code: 'ECONNRESET' });
  // Nothing of ours runs once the answer is out: shortly after is as good as it gets.
  if (point === 'activity.answered' && side === 'before') setTimeout(() => void visit(point, 'after'), ANSWERED_MS);
}

async function die(): Promise<never> {
  process.kill(process.pid, 'SIGKILL');
  return sleep(60_000) as Promise<never>; // does not come back
}

/** `Date` and nothing else: what code reads the time by. */
function bendClock(): { shift(ms: number): void } {
  const Right = Date;
  let offMs = 0;
  const now = (): number => Right.now() + offMs;
  globalThis.Date = new Proxy(Right, {
    construct: (target, given: [], newTarget) =>
      given.length === 0
        ? Reflect.construct(target, [now()], newTarget as never)
        : Reflect.construct(target, given, newTarget as never),
    get: (target, name) => (name === 'now' ? now : Reflect.get(target, name)),
  });
  return {
    shift: (ms) => {
      offMs = ms;
    },
  };
}
