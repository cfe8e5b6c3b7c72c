import type { Command } from 'commander';
import { SyncError } from '../../domain/errors.ts';
import { findSync } from '../../store/syncs.ts';
import type { Cli } from '../main.ts';
import { exportQuarantine } from '../quarantine-records.ts';
import { type GlobalOptions, openSession } from '../session.ts';
import {
  addWriteOptions,
  formatFor,
  layoutFor,
  reportWritten,
  writeRecords,
  type Written,
  type WriteOptions,
} from '../write-records.ts';
import { stopSignal } from './up.ts';

export function addQuarantineExport(quarantine: Command, { act }: Cli): void {
  const command = quarantine
    .command('export <sync>')
    .description('write the open records of a sync as they stood, with their violations');
  addWriteOptions(command).action(
    act(async (global, sync: string, options: WriteOptions) => exportSync(global, sync, options)),
  );
}

async function exportSync(global: GlobalOptions, name: string, options: WriteOptions): Promise<number> {
  const signal = stopSignal();
  const format = formatFor(options);
  const session = await openSession(global, { workers: 0, signal });
  try {
    const { pool } = session.store;
    const { syncs } = session.project;
    // One that was taken out of the project may still have records.
    const known = syncs[name] !== undefined || (await findSync(pool, name)) !== undefined;
    if (!known) throw unknownSync(name, Object.keys(syncs));
    let written: Written | null = null;
    const paths = Object.values(syncs[name]?.map ?? {}).flatMap(({ from = [] }) => from);
    await exportQuarantine(pool, { sync: name, format, paths }, async ({ columns, read }) => {
      const layout = layoutFor(options, { elements: ['quarantine', 'quarantined'], columns, name: 'id' });
      written = await writeRecords({ ...options, layout, signal }, read);
    });
    return reportWritten(written, { title: `quarantine of ${name}`, json: global.json, options });
  } finally {
    await session.close();
  }
}

function unknownSync(name: string, known: readonly string[]): SyncError {
  return new SyncError('config.unknown_sync', {
    message: `there is no sync ${name}; there are ${known.join(', ')}`,
  });
}
