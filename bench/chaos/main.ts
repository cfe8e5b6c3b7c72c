// The chaos campaign: rounds of faults on a project that synchronises three sources, each judged by the oracle.
//
//   npm run chaos -- [--rounds 10] [--seed S] [--records 50000] [--faults 12] [--enumerate] [--only KIND …] [--json]
//   npm run chaos -- --bugs [NAME …]   whether each seeded bug is found

import { chmodSync, mkdtempSync, realpathSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { BUGS } from './bugs.ts';
import { Campaign } from './campaign.ts';
import { openLab, removeLab } from './lab.ts';
import { huntBugs } from './mutants.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: 'string', default: '10' },
    seed: { type: 'string', default: String(Math.floor(Math.random() * 1_000_000)) },
    records: { type: 'string', default: '50000' },
    faults: { type: 'string', default: '12' },
    changes: { type: 'string', default: '200' },
    only: { type: 'string', multiple: true, default: [] },
    bug: { type: 'string', default: '' },
    bugs: { type: 'boolean', default: false },
    enumerate: { type: 'boolean', default: false },
    'until-found': { type: 'boolean', default: false },
    keep: { type: 'boolean', default: false },
    out: { type: 'string', default: '' },
    json: { type: 'boolean', default: false },
  },
});

const say = (line: string): void => void process.stderr.write(`${line}\n`);
const stop = new AbortController();
for (const name of ['SIGINT', 'SIGTERM'] as const) {
  process.on(name, () => {
    if (stop.signal.aborted) process.exit(130);
    say('stopping after this round; once more to stop at once');
    stop.abort();
  });
}

if (values.bugs) {
  let missed = 0;
  for await (const hunted of huntBugs(positionals, { seed: Number(values.seed), signal: stop.signal })) {
    missed += hunted.found ? 0 : 1;
    const { bug, found, round, by, seconds } = hunted;
    const line = `${found ? 'found ' : 'MISSED'} ${bug.padEnd(24)} ${String(seconds).padStart(4)} s  ${found ? `round ${round}, ${by}` : ''}\n`;
    process.stdout.write(values.json ? `${JSON.stringify(hunted)}\n` : line);
  }
  process.exit(missed > 0 ? 1 : 0);
}

const dir = realpathSync(mkdtempSync(join(tmpdir(), 'tributary-chaos-')));
chmodSync(dir, 0o755); // PostgreSQL may run as another user, which must be able to enter
const seed = Number(values.seed);
const options = {
  seed,
  rounds: Number(values.rounds),
  records: Number(values.records),
  faults: Number(values.faults),
  changes: Number(values.changes),
  ...BUGS[values.bug],
  only: values.only.length > 0 ? values.only : (BUGS[values.bug]?.only ?? []),
  bug: values.bug,
  enumerate: values.enumerate,
  untilFound: values['until-found'],
  signal: stop.signal,
  say,
};
say(`seed ${seed}, ${options.records} records in three sources, in ${dir}`);
const lab = await openLab({ dir, seed, records: options.records, bug: options.bug });
const campaign = new Campaign(lab, options);
try {
  await campaign.run();
} finally {
  const report = campaign.report();
  const text = `${JSON.stringify(report, null, 2)}\n`;
  if (values.out !== '') writeFileSync(values.out, text);
  process.stdout.write(values.json ? text : campaign.summary());
  process.exitCode = report.violations > 0 ? 1 : 0;
  await lab.stop();
  if (values.keep || (report.violations > 0 && values.bug === '')) say(`kept: ${dir}`);
  else removeLab(dir);
}
process.exit();
