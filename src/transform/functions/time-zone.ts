// Local times of a zone as instants.

import { FixedOffsetZone, IANAZone, type Zone } from 'luxon';

import { invalid } from '../../expressions/invalid.ts';

const DAY_MS = 86_400_000;
const MAX_KNOWN_DAYS = 10_000;

/** `Asia/Shanghai`, `UTC` or `+08:00`; throws `config.invalid`. */
export function parseZone(name: string, zone: string): Zone {
  const fixed = /^([+-])(\d{1,2}):?(\d{2})?$/.exec(zone);
  if (fixed !== null) {
    const minutes = Number(fixed[2]) * 60 + Number(fixed[3] ?? 0);
    return FixedOffsetZone.instance(fixed[1] === '-' ? -minutes : minutes);
  }
  if (zone.toUpperCase() === 'UTC') return FixedOffsetZone.utcInstance;
  if (!IANAZone.isValidZone(zone))
    throw invalid(`${name}: the zone \`${zone}\` is unknown; expected one such as Asia/Shanghai or +08:00`);
  return IANAZone.create(zone);
}

/** Which instant a local time that occurs twice, or never, stands for; `reject`: none. */
export type Choice = 'earlier' | 'later' | 'reject';

export interface Choices {
  /** When clocks are set back: with the offset before the change it is earlier. */
  readonly repeated: Choice;
  /** When clocks are set forward: as if they had been already it is earlier, as if they had not been it is later. */
  readonly skipped: Choice;
}

export const DEFAULT_CHOICES: Choices = { repeated: 'earlier', skipped: 'reject' };

/** Reads local times of a zone as instants, in milliseconds. */
export function createInstants(zone: Zone, choices: Choices): (localMs: number) => number | 'repeated' | 'skipped' {
  const offsetOfDay = createDayOffsets(zone);
  return (localMs) => {
    // The offsets around the day are the only two that can hold at a local time in it.
    const day = Math.floor(localMs / DAY_MS);
    const [before, after] = [localMs - offsetOfDay(day - 1), localMs - offsetOfDay(day + 2)];
    const occursBefore = before + offsetMs(zone, before) === localMs;
    if (before === after && occursBefore) return before;
    const occursAfter = after + offsetMs(zone, after) === localMs;
    if (occursBefore !== occursAfter) return occursBefore ? before : after;
    const kind = occursBefore ? 'repeated' : 'skipped';
    if (choices[kind] === 'reject') return kind;
    return choices[kind] === 'earlier' ? Math.min(before, after) : Math.max(before, after);
  };
}

/** The offset at the start of a day, remembered: asking the zone is the dear part of reading a time. */
function createDayOffsets(zone: Zone): (day: number) => number {
  const known = new Map<number, number>();
  return (day) => {
    const found = known.get(day);
    if (found !== undefined) return found;
    const offset = offsetMs(zone, day * DAY_MS);
    if (known.size >= MAX_KNOWN_DAYS) known.clear();
    known.set(day, offset);
    return offset;
  };
}

function offsetMs(zone: Zone, instant: number): number {
  return zone.offset(instant) * 60_000;
}
