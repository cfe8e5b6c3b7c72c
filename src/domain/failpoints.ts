// Failpoints: a name for every place where something becomes durable, so that tests can stop a process just before and
// just after it. Nothing is armed in production, and no setting or variable can arm it: only a program that imports this
// module into the worker's process does. What an unarmed point costs, a call and a comparison, is measured by its test.

/** What becomes durable at each point. The campaign of docs/reliability.md must reach every one of them. */
export const FAILPOINTS = {
  'run.opened': 'the run, its attempt, and the lease of its sync',
  'run.abandoned': 'a run whose workflow is gone is closed',
  'run.closed': 'a run that does not reach its checkpoint is closed',
  'run.paused': 'that the run waits for a person, or goes on',
  'read.planned': 'what the run reads',
  'range.fetched': 'what a range held, before its claims',
  'body.validated': 'accepted claims and quarantined records of a batch',
  'events.taken': 'which batch holds which events',
  'events.finished': 'what became of the events of a batch',
  'body.staged': 'a batch of claims from the store, and what seal found',
  'keys.reserved': 'match keys of records about to be created',
  'change_set.merged': 'what will be written',
  'gate.evaluated': 'what the gate found',
  'gate.decided': 'what a person decided',
  'change_set.loaded': 'nothing: who stops here for long, and comes back, must not deliver',
  'markers.made': 'the table of delivery markers in the CRM',
  'crm.delivered': 'rows of the CRM with the marker of their delivery',
  'store.delivered': 'claims, crosswalk and bases of a delivered batch',
  'file.replaced': 'a file of a file destination, by its name',
  'run.checkpointed': 'fingerprints, counts and the end of the run',
  'activity.answered': 'that an activity is done, in Temporal',
} as const;

export type Failpoint = keyof typeof FAILPOINTS;

/** Before it is durable, with everything written that goes with it; or after, before anybody hears of it. */
export type FailpointSide = 'before' | 'after';

export type FailpointHook = (point: Failpoint, side: FailpointSide) => Promise<void> | undefined;

let hook: FailpointHook | undefined;

/** For tests: from now on this is called at every point. What it throws is what the step fails with. */
export function armFailpoints(armed: FailpointHook | undefined): void {
  hook = armed;
}

/** Undefined unless armed: awaiting it then costs no turn of the event loop worth naming. */
export function atFailpoint(point: Failpoint, side: FailpointSide): Promise<void> | undefined {
  return hook?.(point, side);
}

/** Around a single statement, or a step, that makes something durable by itself. */
export async function durably<T>(point: Failpoint, work: () => Promise<T>): Promise<T> {
  await atFailpoint(point, 'before');
  const result = await work();
  await atFailpoint(point, 'after');
  return result;
}
