// What the source keeps between calls: its plan and its positions. Both are stored as JSON, so both are parsed.
//
//   past ───────────── since ── lookback ── watermark ──────────── until ── settle ── clock ────▶ future
//                        └───────────── an incremental read ─────────┘                  └─ and all that lies there,
//                                                                                          and rows without a time
import { z } from 'zod';

const column = z.strictObject({ name: z.string(), type: z.string() });

const tablePlan = z.strictObject({
  part: z.enum(['snapshot', 'incremental', 'backfill']),
  columns: z.array(column),
  /** No two rows have the same key: after a position there is nothing of its key any more. */
  unique: z.boolean(),
  /** The server's time when the read was planned; null where there is no cursor. */
  clock: z.string().nullable(),
  since: z.string().nullable(),
  until: z.string().nullable(),
  /** Where the next incremental read goes on: everything up to here has been read. */
  watermark: z.string().nullable(),
  /** When everything was read last, ms since 1970. */
  wholeAt: z.number().nullable(),
  /** Of the database and the table: after a restore or a reload the watermark says nothing. */
  identity: z.string(),
});

const position = z.strictObject({
  /** Bytes of the rows before. */
  offset: z.int().nonnegative(),
  /** The values that the rows are ordered by, of the last row read. */
  sort: z.array(z.string().nullable()),
});

export type Column = Readonly<z.infer<typeof column>>;
export type TablePlan = Readonly<z.infer<typeof tablePlan>>;
export type TablePosition = Readonly<z.infer<typeof position>>;

export const parsePlan = (plan: unknown): TablePlan => tablePlan.parse(plan);
export const parsePosition = (at: unknown): TablePosition => position.parse(at);
