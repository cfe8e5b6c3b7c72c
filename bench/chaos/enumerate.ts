// Crash enumeration: a worker is killed before and after every place where something becomes durable. A few of them in one
// round, each by whichever worker comes there first.

import type { CampaignOptions } from './campaign.ts';
import { PLACES } from './faults.ts';
import type { Lab } from './lab.ts';
import { hashOf, randomOf } from './random.ts';
import { playRound, type RoundResult } from './round.ts';
import type { Runs } from './runs.ts';

const AT_ONCE = 10;
/** What leads to the places that an undisturbed run does not come to. */
const LEADING = ['run.cancel', 'run.terminate', 'crm.schema'];
const MAX_ROUNDS = 24;

/** Ends when every place has fired, or is not reached in many rounds. @returns the rounds that it took */
export async function* enumeratePlaces(lab: Lab, runs: Runs, options: CampaignOptions): AsyncGenerator<RoundResult> {
  const random = randomOf(hashOf(options.seed, 7));
  let open = PLACES.map((place) => [random.next(), place] as const)
    .toSorted(([a], [b]) => a - b)
    .map(([, place]) => place);
  for (let round = 1; open.length > 0 && round <= MAX_ROUNDS && !options.signal.aborted; round++) {
    const armed = open.slice(0, AT_ONCE);
    const seed = hashOf(options.seed, 8, round) % 1_000_000;
    const result = await playRound(lab, runs, {
      ...options,
      seed,
      only: LEADING,
      armed,
      faults: 3,
      review: 0.5,
      lists: 1,
    });
    yield result;
    // What nobody came to has another turn behind the others.
    const missed = armed.filter((place) => !result.fired.has(place));
    open = [...open.slice(AT_ONCE), ...missed];
  }
}
