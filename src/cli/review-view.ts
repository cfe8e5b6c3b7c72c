// A review for people: the source's record beside the CRM records it may be, or the fields that are in dispute.

import type { ObjectDefinition } from '../domain/definition.ts';
import { type Fields, isEmpty } from '../domain/values.ts';
import type { Destination } from '../destinations/destination.ts';
import type { Queryable } from '../postgres/client.ts';
import { claimsByKey, recordsById } from '../store/claims.ts';
import type { ReviewRow } from '../store/reviews.ts';
import { showValue } from './changes.ts';
import { paint, table } from './output.ts';

/** A review with what both sides say now. */
export interface ReviewDetails {
  readonly review: ReviewRow;
  readonly object: ObjectDefinition;
  readonly claim: Fields;
  readonly version: string | null;
  /** What the sources and the CRM last agreed on. */
  readonly base: Fields;
  /** The CRM record it belongs to, and those it may be: by id; those that are gone are missing. */
  readonly crm: ReadonlyMap<string, Fields>;
}

export async function loadReview(
  {
    db,
    object,
    destination,
  }: { readonly db: Queryable; readonly object: ObjectDefinition; readonly destination: Destination },
  review: ReviewRow,
): Promise<ReviewDetails> {
  const { crm_id: linked, candidates = [] } = review.evidence;
  const claim = (await claimsByKey(db, review.syncNo, [review.key])).get(review.key);
  const records = await recordsById(db, claim?.recordId == null ? [] : [claim.recordId]);
  const ids = new Set([...(linked === null ? [] : [linked]), ...candidates.map(({ crmId }) => crmId)]);
  return {
    review,
    object,
    claim: claim?.fields ?? {},
    version: claim?.version.source ?? null,
    base: records.get(claim?.recordId ?? 0)?.base ?? {},
    crm: await destination.read(object, [...ids]),
  };
}

export function reviewJson({ review, claim, version, base, crm }: ReviewDetails): Readonly<Record<string, unknown>> {
  const { crm_id: linked, candidates = [], conflicts } = review.evidence;
  return {
    ...summaryJson(review),
    record: { version, fields: claim },
    crm: linked === null ? null : { id: linked, fields: crm.get(linked) ?? null },
    candidates: candidates.map(({ crmId, evidence }) => ({ id: crmId, evidence, fields: crm.get(crmId) ?? null })),
    conflicts: Object.fromEntries(
      Object.entries(conflicts).map(([field, conflict]) => [
        field,
        { ...conflict, ...(base[field] === undefined ? {} : { base: base[field] }) },
      ]),
    ),
  };
}

export function summaryJson(review: ReviewRow): Readonly<Record<string, unknown>> {
  const { id, sync, object, key, reason, run, createdAt, decidedAt, decidedBy, decision, why } = review;
  const decided = { decided_at: decidedAt, decided_by: decidedBy, decision: decisionOf(decision), why };
  return { id, sync, object, key, reason, run, since: createdAt, ...(decidedAt === null ? {} : decided) };
}

export function decisionOf(decision: string | null): unknown {
  return decision === null ? null : JSON.parse(decision);
}

/** Columns beyond these are in `--json` only. */
const SHOWN_CANDIDATES = 4;

export function renderReview(details: ReviewDetails): string {
  const { review, version } = details;
  const title = `${paint('bold', `review ${review.id}`)}  ${review.sync} ${review.key}${version === null ? '' : ` at ${version}`}`;
  const decided =
    review.decidedAt === null
      ? []
      : [
          `decided by ${review.decidedBy ?? '?'}: ${review.decision ?? ''}${review.why === null ? '' : ` (${review.why})`}`,
        ];
  const parts = [besides(details), disputes(details)].filter((part) => part !== '');
  return [`${title}: ${paint('yellow', review.reason)}`, ...decided, ...parts].join('\n');
}

function cell(fields: Fields | undefined, field: string): string {
  if (fields === undefined) return '(gone)';
  return isEmpty(fields[field]) ? '' : cut(showValue(fields[field]));
}

function besides({ review, object, claim, crm }: ReviewDetails): string {
  const all = review.evidence.candidates ?? [];
  const candidates = all.slice(0, SHOWN_CANDIDATES);
  const hits = new Set(candidates.flatMap(({ crmId, evidence }) => evidence.map(({ field }) => `${crmId} ${field}`)));
  const rows = Object.keys(object.fields)
    .filter((field) => [claim, ...candidates.map(({ crmId }) => crm.get(crmId))].some((one) => !isEmpty(one?.[field])))
    .map((field) => [
      field,
      cell(claim, field),
      ...candidates.map(({ crmId }) => {
        const value = cell(crm.get(crmId), field);
        return hits.has(`${crmId} ${field}`) ? paint('green', `${value} =`) : value;
      }),
    ]);
  if (candidates.length === 0 && Object.keys(review.evidence.conflicts).length > 0) return '';
  const more =
    all.length > candidates.length
      ? `\n${paint('dim', `and ${all.length - candidates.length} more CRM records, with --json`)}`
      : '';
  return table(['', 'source', ...candidates.map(({ crmId }) => `CRM ${crmId}`)], rows) + more;
}

function disputes({ review, base, crm }: ReviewDetails): string {
  const { crm_id: linked, conflicts } = review.evidence;
  const fields = Object.entries(conflicts);
  if (linked === null || fields.length === 0) return '';
  const now = crm.get(linked);
  const rows = fields.map(([field, { source, policy }]) => [
    field,
    cut(showValue(source)),
    now === undefined ? '(gone)' : cut(showValue(now[field])),
    base[field] === undefined ? '' : cut(showValue(base[field])),
    policy,
  ]);
  return table(['', 'sources', `CRM ${linked}`, 'last agreed', 'policy'], rows);
}

function cut(text: string): string {
  const characters = Array.from(text);
  return characters.length <= 40 ? text : `${characters.slice(0, 39).join('')}…`;
}
