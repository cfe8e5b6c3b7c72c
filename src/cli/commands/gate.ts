import { WorkflowUpdateFailedError } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { SyncError } from '../../domain/errors.ts';
import { listBatches, type ChangeStats } from '../../store/batches.ts';
import type { GateDecision } from '../../domain/run.ts';
import { changedEntries, renderEntry } from '../changes.ts';
import { followToEnd } from '../follow.ts';
import type { Cli } from '../main.ts';
import { limitOption } from '../options.ts';
import { EXIT, paint, print, printJson } from '../output.ts';
import { failureOf, requireChanges, requireRun } from '../runs.ts';
import { type GlobalOptions, openSession, type Session, whoAmI } from '../session.ts';
import { addHeld } from './gate-held.ts';
import { stopSignal } from './up.ts';

interface DecideOptions {
  readonly hash?: string;
  readonly by?: string;
  readonly withoutDeletes?: boolean;
}

export function addGate(cli: Cli): void {
  const { program, act } = cli;
  const gate = program.command('gate').description('look at a run that waits before writing, and decide');
  gate
    .command('show <run>')
    .description('what the run would write, and which limits tripped')
    .option('--limit <n>', 'records to show', limitOption, 20)
    .action(act(async (options, run: string, { limit }: { limit: number }) => show(options, run, limit)));
  gate
    .command('approve <run>')
    .description('let the run write exactly these change sets')
    .option('--hash <hash>', 'the hash you looked at; default: the current one')
    .option('--by <name>', 'who decides')
    .option('--without-deletes', 'write everything but what ends records')
    .action(
      act(async (options, run: string, decide: DecideOptions) =>
        answer(options, run, {
          ...decide,
          decision: decide.withoutDeletes === true ? 'approve_without_deletes' : 'approve',
        }),
      ),
    );
  gate
    .command('reject <run>')
    .description('write nothing; the claims are held until their source changes, or gate release')
    .option('--hash <hash>', 'the hash you looked at; default: the current one')
    .option('--by <name>', 'who decides')
    .action(
      act(async (options, run: string, decide: DecideOptions) =>
        answer(options, run, { ...decide, decision: 'reject' }),
      ),
    );
  addHeld(gate, cli);
}

async function show(options: GlobalOptions, runId: string, limit: number): Promise<number> {
  const session = await openSession(options, { workers: 0 });
  try {
    const run = await requireChanges(session, runId);
    // While the run waits, only what it waits with; afterwards all of it.
    const round = run.phase === 'gate' ? run.gate?.round : undefined;
    const totals = sum(
      (await listBatches(session.store.pool, run.no, round)).flatMap((batch) =>
        batch.changeStats === null ? [] : [batch.changeStats],
      ),
    );
    const entries = await changedEntries(session.store.pool, { runNo: run.no, round, limit });
    if (options.json) {
      printJson({
        run: run.id,
        phase: run.phase,
        outcome: run.outcome,
        gate: run.gate,
        root_hash: run.rootHash,
        ...totals,
        entries,
      });
      return EXIT.done;
    }
    print(`${paint('bold', run.id)}: ${totals.creates} creates, ${totals.updates} updates, ${totals.deletes} deletes`);
    for (const limitTripped of run.gate?.tripped ?? []) print(`  ${paint('yellow', limitTripped)}`);
    if (run.gate?.decision != null)
      print(`  ${run.gate.decision} by ${run.gate.by ?? '?'} at ${run.gate.decidedAt ?? '?'}`);
    print(`  hash ${run.rootHash ?? '(not merged yet)'}\n`);
    for (const entry of entries) print(renderEntry(entry));
    return EXIT.done;
  } finally {
    await session.close();
  }
}

function sum(stats: readonly ChangeStats[]): {
  readonly creates: number;
  readonly updates: number;
  readonly deletes: number;
} {
  const add = (name: 'creates' | 'updates' | 'deletes'): number => stats.reduce((total, one) => total + one[name], 0);
  return { creates: add('creates'), updates: add('updates'), deletes: add('deletes') };
}

async function answer(
  options: GlobalOptions,
  runId: string,
  decide: DecideOptions & { readonly decision: GateDecision },
): Promise<number> {
  const signal = stopSignal();
  const session = await openSession(options, { workers: 1, signal });
  try {
    const run = await requireRun(session, runId);
    const hash = decide.hash ?? run.rootHash ?? '';
    await sendDecision(session, runId, { decision: decide.decision, hash, by: decide.by ?? whoAmI() });
    const code = await followToEnd(session, runId, { json: options.json, signal });
    return decide.decision === 'reject' && code === EXIT.failed ? EXIT.done : code;
  } finally {
    await session.close();
  }
}

async function sendDecision(
  session: Session,
  runId: string,
  decide: { readonly decision: GateDecision; readonly hash: string; readonly by: string },
): Promise<void> {
  try {
    await session.client.workflow.getHandle(runId).executeUpdate('decideGate', { args: [decide] });
  } catch (error) {
    if (error instanceof WorkflowUpdateFailedError && error.cause instanceof ApplicationFailure) {
      throw failureOf({ code: error.cause.type ?? 'internal.bug', message: error.cause.message });
    }
    throw new SyncError('gate.not_waiting', { message: `${runId} cannot be answered: it has ended`, cause: error });
  }
}
