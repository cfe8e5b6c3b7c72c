// Whether a snapshot that does not hold a record says anything of it. Pure.

/** The claim that would end. */
export interface Standing {
  /** The run in which it was first durable. */
  readonly read: number;
  /** That run read a snapshot; otherwise an event, or a person, brought the claim. */
  readonly bySnapshot: boolean;
  readonly observedAt: number;
}

export interface Snapshot {
  readonly run: number;
  /** When the source wrote it, ms. */
  readonly asOf: number;
}

/**
 * Only a snapshot that is younger than the claim may miss its record. Snapshots of one stream are as old as their reads
 * are; what an event brought may have happened after the export was written that is read only now.
 */
export function isYounger({ run, asOf }: Snapshot, { read, bySnapshot, observedAt }: Standing): boolean {
  return read < run && (bySnapshot || observedAt < asOf);
}

/** Missing from two snapshots in a row, each younger than the claim: this one, and the one noted in the ledger. */
export function isMissedTwice(standing: Standing, ledgerRun: number | undefined): boolean {
  return ledgerRun !== undefined && standing.read < ledgerRun;
}
