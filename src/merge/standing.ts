// Why a claim stands where it stands, where code has to know the reason again.

/** The gate said no: not proposed again until the source's version changes or somebody releases it. */
export const HELD_AT_GATE = 'not approved at the gate';

/** An undo took back what it said. */
export const HELD_BY_UNDO = 'taken back by an undo';

/** All that it would change is held: an undo or a person decided so, or the gate said no to another claim's value. */
export const HELD_VALUES = 'what it would change is held';
