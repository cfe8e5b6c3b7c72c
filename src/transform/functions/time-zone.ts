// Local times of a zone as instants.

import { FixedOffsetZone, IANAZone, type Zone } from 'luxon';

import { invalid } from '../../expressions/invalid.ts';

const DAY_MS = 86_400_000;

/** `Asia/Shanghai`, `UTC` or `+08:00`; throws `config.invalid`. */
export function parseZone(name: string, zone: string): Zone {
  const fixed = /^([+-])(\d{1,2}):?(\d{2})?$/.exec(zone);
  if (fixed !== null) {
    const minutes = Number(fixed[2]) * 60 + Number(fixed[3] ?? 0);
    return FixedOffsetZone.instance(fixed[1] === '-' ? -minutes : minutes);
  }
  if (zone.toUpperCase() === 'UTC') return FixedOffsetZone.utcInstance;
  if (!IANAZone.isValidZone(zone)) throw invalid(`${name}: the zone \`${zone}\` is unknown; expected one such as Asia/Shanghai or +08:00`);
  return IANAZone.create(zone);
}

/**
 * The instant of a local time. A time that occurs twice, when clocks are set back, is its first occurrence, the one
 * with the offset before the change; null for one that never occurs, when they are set forward.
 */
export function toInstant(localMs: number, zone: Zone): number | null {
  // The zone's offsets a day before and after are the only two that can hold at this local time.
  const before = localMs - zone.offset(localMs - DAY_MS) * 60_000;
  const after = localMs - zone.offset(localMs + DAY_MS) * 60_000;
  const instants = [before, after].filter((instant) => instant + zone.offset(instant) * 60_000 === localMs);
  return instants.length === 0 ? null : Math.min(...instants);
}
