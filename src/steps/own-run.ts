// A reset starts a new execution of a run's workflow in the middle of what the old one did. Only the store knows what came
// of that, so the run is opened anew before anything else is done.

import { SyncError } from '../domain/errors.ts';
import type { Deps, RunRef } from './deps.ts';

/** Errors: `run.reset`, when another execution of the workflow has carried the run until now. */
export async function ownRun({ store: { pool } }: Deps, ref: RunRef, execution: string): Promise<void> {
  const { rows } = await pool.query<{ execution: string | null }>('select execution from run where no = $1', [
    ref.runNo,
  ]);
  if (rows[0]?.execution === execution) return;
  const { rowCount } = await pool.query(
    'update run set execution = $2 where no = $1 and (execution is null or execution in ($2, $3))',
    [ref.runNo, execution, ref.continues ?? null],
  );
  if (rowCount === 0)
    throw new SyncError('run.reset', { message: `the workflow of ${ref.runId} was reset, or another one carries it` });
}
