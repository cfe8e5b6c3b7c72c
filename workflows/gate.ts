// The gate in a workflow: passes when no limit tripped, else waits for a person; an answer that never comes is a no.

import type { GateDecision } from '../src/domain/run.ts';
import type { GateResult } from '../src/steps/gate.ts';
import type { RunRef } from '../src/steps/deps.ts';
import { call } from './activity-stubs.ts';
import type { RunState } from './run-state.ts';

export async function passGate(
  state: RunState,
  { ref, round, gate }: { readonly ref: RunRef; readonly round: number; readonly gate: GateResult },
): Promise<GateDecision> {
  if (gate.decided !== undefined) return gate.decided.decision;
  if (gate.tripped.length === 0) return 'approve';
  const { rootHash, tripped, creates, updates, deletes, expiresMs } = gate;
  const answer = await state.decided({ rootHash, tripped, creates, updates, deletes, round }, expiresMs);
  const decision = answer?.decision ?? 'reject';
  const by = answer?.by ?? 'nobody: the gate expired';
  await call(
    'recordDecision',
    { id: `decision-${round}`, summary: `${decision} by ${by}` },
    { ...ref, gate, round, decision, by },
  );
  return decision;
}
