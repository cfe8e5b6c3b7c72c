// Bugs that the campaign must find: each breaks one of the mechanisms that the promises rest on. They live in the loader of
// the campaign's workers; the product has none of this.

import type { Place } from './control.ts';

/** A piece of a compiled file, which must be there once. */
export interface Edit {
  /** From `dist/`. */
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

export interface Bug {
  readonly what: string;
  readonly edits: readonly Edit[];
  /** The kinds of faults that it takes. */
  readonly only: readonly string[];
  /** Where workers are killed besides, in every round. */
  readonly armed?: readonly Place[];
  /** How many of them in a round. */
  readonly faults?: number;
  /** Where workers are stopped for a while. */
  readonly stopped?: readonly Place[];
  /** Share of exports that are an old one. */
  readonly old?: number;
  /** How often each source is run under faults, at least. */
  readonly leastRuns?: number;
}

const ENDS = ['run.terminate', 'run.cancel'];

export const BUGS: Readonly<Record<string, Bug>> = {
  cursor_before_delivery: {
    what: 'the memory of what was read is stored when the read is sealed, before anything is delivered',
    edits: [
      {
        file: 'src/steps/checkpoint.js',
        from: 'async function saveIndex(',
        to: 'export async function saveIndex(',
      },
      {
        file: 'src/steps/seal.js',
        from: "await updateRun(deps.store.pool, ref.runNo, { phase: 'merge' });",
        to: `await updateRun(deps.store.pool, ref.runNo, { phase: 'merge' });
    const { saveIndex } = await import("./checkpoint.js");
    if (kind === 'snapshot')
        await deps.store.transaction((client) => saveIndex(client, { ref, run, read: totals.read }, context));`,
      },
    ],
    only: ENDS,
  },
  first_of_equals: {
    what: '`>` for `>=`: of two records of one version the first one wins, not the later one',
    edits: [
      {
        file: 'src/steps/repeated-keys.js',
        from: 'compareClaims(one.claim, best.claim) >= 0',
        to: 'one.claim.version.source !== best.claim.version.source && compareClaims(one.claim, best.claim) >= 0',
      },
    ],
    only: ['worker.kill'],
  },
  no_version_guard: {
    what: 'an older record overwrites what a newer one said',
    edits: [
      {
        file: 'src/steps/merge.js',
        from: 'known !== undefined && compareClaims(known, claim) > 0 && sameClaim(known, whole)',
        to: 'false',
      },
      { file: 'src/merge/fold.js', from: 'return compareClaims(stored, one) <= 0 ? one : stored;', to: 'return one;' },
    ],
    only: ['worker.restart'],
    old: 0.5,
    leastRuns: 4,
  },
  no_fencing: {
    what: 'a run that has lost its sync delivers all the same',
    edits: [
      {
        file: 'src/steps/deliver.js',
        from: 'if (!(await mayWrite(client, run.run.kind, ref)))',
        to: 'if (false)',
      },
    ],
    only: ['run.terminate'],
    stopped: ['change_set.loaded@after'],
    faults: 10,
    leastRuns: 4,
  },
  double_apply: {
    what: 'a delivery that was made is not recognised, nor that the CRM has moved on meanwhile',
    edits: [
      {
        file: 'src/destinations/postgres/destination.js',
        from: 'const made = await this.#outcomesOf(client, place);',
        to: 'const made = null;',
      },
      {
        file: 'src/destinations/postgres/destination.js',
        from: 'values ($1, $2, $3, $4, $5, $6)`',
        to: 'values ($1, $2, $3, $4, $5, $6) on conflict do nothing`',
      },
      {
        file: 'src/destinations/postgres/destination.js',
        from: 'const changed = writes.filter((one) => isChanged(one, now) || taken.has(one.ordinal));',
        to: 'const changed = [];',
      },
    ],
    only: ['worker.kill'],
    armed: ['crm.delivered@after', 'store.delivered@before'],
  },
  lost_revocation: {
    what: 'a claim that a run delivered without reaching its checkpoint leaves the old fingerprint in force',
    edits: [{ file: 'src/steps/store-outcomes.js', from: 'if (stale.length > 0)', to: 'if (stale.length < 0)' }],
    only: ENDS,
    armed: ['run.checkpointed@before'],
    old: 0.5,
    leastRuns: 4,
  },
  forgotten_rejection: {
    what: 'the first bad record of a batch is not quarantined',
    edits: [
      {
        file: 'src/steps/validate.js',
        from: 'await saveQuarantined(client, ref, rejected);',
        to: 'await saveQuarantined(client, ref, rejected.slice(1));',
      },
    ],
    only: ['worker.kill'],
  },
  kept_lease: {
    what: 'a run that has ended keeps its sync',
    edits: [{ file: 'src/steps/checkpoint.js', from: 'await releaseLease(client, ref.syncNo, ref.runNo);', to: '' }],
    only: ['worker.kill'],
  },
  answer_before_commit: {
    what: 'a step answers while its transaction is still to be committed',
    edits: [
      {
        file: 'src/postgres/client.js',
        from: "await client.query('commit');",
        to: `late = true;
        setTimeout(() => client.query('commit').then(() => client.release(), () => client.release(true)), 400);`,
      },
      { file: 'src/postgres/client.js', from: 'let broken;', to: 'let broken, late = false;' },
      { file: 'src/postgres/client.js', from: 'client.release(broken);', to: 'if (!late) client.release(broken);' },
    ],
    only: ['worker.kill', 'postgres.backends'],
  },
  forgotten_delivery: {
    what: 'what a run that is gone had delivered unheard is not taken over',
    edits: [{ file: 'src/steps/adopt.js', from: 'if ((await destination.recall(marker)) !== null)', to: 'if (false)' }],
    only: ['run.terminate'],
    armed: ['crm.delivered@after', 'store.delivered@before'],
  },
  no_second_round: {
    what: 'claims that waited for another one’s create are forgotten',
    edits: [
      {
        file: 'src/steps/rounds.js',
        from: 'await stageDue(deps, ref, context);',
        to: 'await releaseReservations(pool, ref.runNo);',
      },
    ],
    only: ['worker.kill'],
  },
  no_rollback: {
    what: 'a transaction that failed is left open',
    edits: [
      {
        file: 'src/postgres/client.js',
        from: "await client.query('rollback').catch(",
        to: "await Promise.resolve('rollback').catch(",
      },
    ],
    only: ['point.error'],
  },
};
