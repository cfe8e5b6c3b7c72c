// Every activity by its name: part of the replay contract of the workflows, never renamed.

import type { Deps } from '../src/steps/deps.ts';
import { requireKnownRun } from '../src/steps/known-run.ts';
import { checkedFirst } from './boundary.ts';
import { checkpointActivity } from './checkpoint.ts';
import { closeRunActivity } from './close-run.ts';
import { compensateActivity } from './compensate.ts';
import { deliverActivity } from './deliver.ts';
import { drainEventsActivity } from './drain-events.ts';
import { awaitEventsActivity, finishEventsActivity, gateEventsActivity, sealEventsActivity } from './event-batch.ts';
import { appendSignalledActivity } from './append-signalled.ts';
import { openEventRunActivity } from './open-event-run.ts';
import { fetchActivity } from './fetch.ts';
import { gateActivity } from './gate.ts';
import { listUndoActivity } from './list-undo.ts';
import { mergeActivity } from './merge.ts';
import { notePauseActivity } from './note-pause.ts';
import { openRunActivity } from './open-run.ts';
import { planReadActivity } from './plan-read.ts';
import { recordDecisionActivity } from './record-decision.ts';
import { remindActivity } from './remind.ts';
import { sealActivity } from './seal.ts';
import { stageRepairActivity } from './stage-repair.ts';
import { stageRoundActivity } from './stage-round.ts';
import { transformActivity } from './transform.ts';
import { validateActivity } from './validate.ts';

export type Activities = ReturnType<typeof createActivities>;

export function createActivities(deps: Deps) {
  const activities = {
    openRun: openRunActivity(deps),
    planRead: planReadActivity(deps),
    fetch: fetchActivity(deps),
    transform: transformActivity(deps),
    validate: validateActivity(deps),
    seal: sealActivity(deps),
    merge: mergeActivity(deps),
    gate: gateActivity(deps),
    recordDecision: recordDecisionActivity(deps),
    deliver: deliverActivity(deps),
    stageRepair: stageRepairActivity(deps),
    stageRound: stageRoundActivity(deps),
    checkpoint: checkpointActivity(deps),
    compensate: compensateActivity(deps),
    listUndo: listUndoActivity(deps),
    closeRun: closeRunActivity(deps),
    notePause: notePauseActivity(deps),
    remind: remindActivity(deps),
    openEventRun: openEventRunActivity(deps),
    drainEvents: drainEventsActivity(deps),
    sealEvents: sealEventsActivity(deps),
    gateEvents: gateEventsActivity(deps),
    finishEvents: finishEventsActivity(deps),
    appendSignalled: appendSignalledActivity(deps),
    awaitEvents: awaitEventsActivity(deps),
  };
  return checkedFirst(activities, (input) => requireKnownRun(deps.store.pool, input));
}
