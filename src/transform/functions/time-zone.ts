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

/**
 * Reads local times of a zone. A time that occurs twice, when clocks are set back, is its first occurrence, the one
 * with the offset before the change; null for one that never occurs, when they are set forward.
 */
export function createInstants(zone: Zone): (localMs: number) => number | null {
  const offsetOfDay = createDayOffsets(zone);
  return (localMs) => {
    // The offsets around the day are the only two that can hold at a local time in it.
    const day = Math.floor(localMs / DAY_MS);
    const candidates = new Set([localMs - offsetOfDay(day - 1), localMs - offsetOfDay(day + 2)]);
    const instants = [...candidates].filter((instant) => instant + offsetMs(zone, instant) === localMs);
    return instants.length === 0 ? null : Math.min(...instants);
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
