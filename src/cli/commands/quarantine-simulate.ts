import type { Command } from 'commander';
import { currentDefinition } from '../../runtime/code-tables.ts';
import { simulateReplay, type Simulation } from '../../steps/simulate.ts';
import { countQuarantined } from '../../store/quarantine.ts';
import type { Cli } from '../main.ts';
import { EXIT, paint, print, printJson, table } from '../output.ts';
import { type GlobalOptions, openSession } from '../session.ts';
import { filterOf, type PickOptions, withPicks } from './quarantine-rows.ts';

export function addSimulate(quarantine: Command, { act }: Cli): void {
  withPicks(
    quarantine
      .command('simulate')
      .description('how many open records would pass under the current definition; nothing is written'),
  ).action(act(simulate));
}

async function simulate(options: GlobalOptions, { sync, ...picks }: PickOptions): Promise<number> {
  const session = await openSession(options, { workers: 0 });
  try {
    const { store, project, functions } = session;
    const known = await countQuarantined(store.pool);
    const syncs = sync === undefined ? [...known.keys()].filter((name) => name in project.syncs).toSorted() : [sync];
    const results: ({ readonly sync: string } & Simulation)[] = [];
    for (const name of syncs) {
      const definition = await currentDefinition(session, name);
      results.push({
        sync: name,
        ...(await simulateReplay(store.pool, { definition, run: functions.of(definition) }, filterOf(picks))),
      });
    }
    if (options.json) printJson({ syncs: results });
    else print(results.flatMap(render).join('\n') || 'no open records to simulate');
    return EXIT.done;
  } finally {
    await session.close();
  }
}

function render({ sync, records, pass, remaining }: { readonly sync: string } & Simulation): readonly string[] {
  if (records === 0) return [];
  const count = paint(pass > 0 ? 'green' : 'yellow', `${pass} of ${records}`);
  const rows = remaining.map((one) => [one.rule, one.field ?? '(record)', one.records, one.message]);
  return [
    `${paint('bold', sync)}: ${count} would now pass`,
    ...(rows.length === 0 ? [] : [table(['still against', 'field', 'records', 'for example'], rows)]),
    ...(pass === 0 ? [] : [paint('dim', `let them through: tributary quarantine retry --sync ${sync}`)]),
  ];
}
