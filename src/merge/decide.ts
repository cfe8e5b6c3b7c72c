// What follows from a person's answer to a review. Pure.

import { SyncError } from '../domain/errors.ts';
import type { Decision, ReviewEvidence } from '../domain/reviews.ts';
import type { Fields, Value } from '../domain/values.ts';

export interface DecisionEffects {
  /** Judgements on the claim's key, by CRM id. */
  readonly words: readonly { readonly crmId: string; readonly same: boolean }[];
  /** The claim leaves the CRM record that it belongs to. */
  readonly detach: boolean;
  /** Values of the sources that are not to be proposed again, by field. */
  readonly holds: Fields;
  /** What both sides count as agreed on, by field: the sources' value is then a change of theirs alone. */
  readonly agreed: Fields;
}

const NOTHING: DecisionEffects = { words: [], detach: false, holds: {}, agreed: {} };

/** Errors: `config.usage` where the answer does not fit the question. */
export function effectsOf(evidence: ReviewEvidence, decision: Decision): DecisionEffects {
  const { same, notSame, create, keepCrm, takeSource, again } = decision;
  const answers = [same, notSame, create, keepCrm ?? takeSource, again].filter((one) => one !== undefined);
  if (answers.length !== 1)
    throw misfit('say one thing: whose record it is, or what its fields are to hold, or --again');
  if (again === true) return NOTHING;
  return keepCrm === undefined && takeSource === undefined
    ? identify(evidence, decision)
    : settleFields(evidence, { keepCrm: keepCrm ?? [], takeSource: takeSource ?? [] });
}

function identify({ crm_id: linked, candidates = [] }: ReviewEvidence, decision: Decision): DecisionEffects {
  const { same, notSame } = decision;
  if (same !== undefined) {
    if (same === linked) throw misfit(`it belongs to CRM ${same} already`);
    return { ...NOTHING, words: [{ crmId: same, same: true }], detach: linked !== null };
  }
  const others = notSame ?? [...candidates.map(({ crmId }) => crmId), ...(linked === null ? [] : [linked])];
  if (others.length === 0)
    throw misfit('there is no CRM record to tell it from: correct the data, then decide --again');
  return {
    ...NOTHING,
    words: [...new Set(others)].map((crmId) => ({ crmId, same: false })),
    detach: linked !== null && others.includes(linked),
  };
}

function settleFields(
  { crm_id: linked, conflicts }: ReviewEvidence,
  { keepCrm, takeSource }: { readonly keepCrm: readonly string[]; readonly takeSource: readonly string[] },
): DecisionEffects {
  const disputed = Object.keys(conflicts).filter((field) => conflicts[field]?.kept === 'crm');
  if (linked === null || disputed.length === 0) throw misfit('no field is in dispute here: say whose record it is');
  const keep = keepCrm.includes('*') ? disputed.filter((field) => !takeSource.includes(field)) : keepCrm;
  const take = takeSource.includes('*') ? disputed.filter((field) => !keep.includes(field)) : takeSource;
  const unknown = [...keep, ...take].find((field) => !disputed.includes(field));
  if (unknown !== undefined)
    throw misfit(`${unknown} is not in dispute; ${disputed.join(', ')} ${disputed.length === 1 ? 'is' : 'are'}`);
  const both = keep.find((field) => take.includes(field));
  if (both !== undefined) throw misfit(`${both} cannot both keep the CRM’s value and take the source’s`);
  const unique = take.find((field) => conflicts[field]?.policy === 'unique');
  if (unique !== undefined)
    throw misfit(`${unique} is unique and another CRM record has the value: keep the CRM’s, or correct the data`);
  return { ...NOTHING, holds: sideOf(conflicts, keep, 'source'), agreed: sideOf(conflicts, take, 'crm') };
}

function sideOf(conflicts: ReviewEvidence['conflicts'], fields: readonly string[], side: 'crm' | 'source'): Fields {
  return Object.fromEntries(fields.map((field): [string, Value] => [field, conflicts[field]?.[side] ?? null]));
}

function misfit(message: string): SyncError {
  return new SyncError('config.usage', { message });
}
