// Every workflow by its name: permanent.

export { driftRepair } from './drift-repair.ts';
export { eventIntake } from './event-intake.ts';
export { eventRun } from './event-run.ts';
export { quarantineReplay } from './quarantine-replay.ts';
export { syncRun } from './sync-run.ts';
export { undoRun } from './undo-run.ts';
