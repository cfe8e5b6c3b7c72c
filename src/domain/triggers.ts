// What starts the runs of a sync by itself, as plain data.

/** Times `from`, `from + step` … up to `to`. */
export interface TimeRange {
  readonly from: number;
  readonly to: number;
  readonly step: number;
}

/** Local times that match every field; an absent one: any. */
export interface CalendarDefinition {
  readonly minute: readonly TimeRange[];
  readonly hour: readonly TimeRange[];
  readonly dayOfMonth?: readonly TimeRange[];
  /** From 1. */
  readonly month?: readonly TimeRange[];
  /** 0 is Sunday, 6 is Saturday. */
  readonly dayOfWeek?: readonly TimeRange[];
  readonly year?: readonly TimeRange[];
}

/** `skip`: a time that comes while a run is open is let go; `buffer_one`: one run follows it. */
export type OverlapPolicy = 'skip' | 'buffer_one';

export interface ScheduleDefinition {
  /** Null where only calendars say when. */
  readonly everyMs: number | null;
  /** Added to every multiple of `everyMs` since 1970. Null: made of the sync's name, so that syncs spread by themselves. */
  readonly offsetMs: number | null;
  readonly calendars: readonly CalendarDefinition[];
  /** IANA name; of calendars only. */
  readonly timeZone: string;
  readonly jitterMs: number;
  readonly overlap: OverlapPolicy;
  /** A time that was missed for longer than this is let go. */
  readonly catchUpMs: number;
  readonly pauseOnFailure: boolean;
}

export interface TriggerDefinition {
  /** Null: nothing starts by the clock. */
  readonly schedule: ScheduleDefinition | null;
  /** How old a change may be before it is delivered. Null: no objective. */
  readonly freshMs: number | null;
}
