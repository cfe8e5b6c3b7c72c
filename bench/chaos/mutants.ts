// Whether the campaign finds what it must: a short one for every seeded bug.

import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { BUGS } from './bugs.ts';
import type { Report } from './campaign.ts';

const MAIN = fileURLToPath(new URL('./main.js', import.meta.url));

export interface Hunted {
  readonly bug: string;
  readonly what: string;
  readonly found: boolean;
  /** 0: with the first load. */
  readonly round: number | null;
  readonly by: string;
  readonly seconds: number;
}

/** One bug after the other, each in a process of its own that ends with the first violation. */
export async function* huntBugs(
  names: readonly string[],
  { seed, signal }: { readonly seed: number; readonly signal: AbortSignal },
): AsyncGenerator<Hunted> {
  for (const [bug, { what }] of Object.entries(BUGS)) {
    if (signal.aborted || (names.length > 0 && !names.includes(bug))) continue;
    const report = await campaignWith(bug, seed);
    const [first] = report.found;
    const by = first === undefined ? 'nothing' : `${first.promise}: ${first.message}`;
    yield { bug, what, found: first !== undefined, round: first?.round ?? null, by, seconds: report.seconds };
  }
}

function campaignWith(bug: string, seed: number): Promise<Report> {
  const small = ['--records', '3000', '--changes', '60', '--faults', '3', '--rounds', '4'];
  const args = [MAIN, '--bug', bug, '--seed', String(seed), '--until-found', '--json', ...small];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const parts: Buffer[] = [];
  child.stdout.on('data', (part: Buffer) => parts.push(part));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => {
      const printed = Buffer.concat(parts).toString('utf8');
      try {
        resolve(JSON.parse(printed) as Report); // printed by our main
      } catch {
        reject(new Error(`the campaign with ${bug} ended with ${String(code)} and without a report: ${printed}`));
      }
    });
  });
}
