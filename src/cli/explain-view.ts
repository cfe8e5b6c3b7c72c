// Explanations for people.

import type { ClaimPlace } from '../steps/claim-places.ts';
import type { Explained, ExplainedClaim, ExplainedField } from '../steps/explain.ts';
import type { FieldHistory } from '../steps/explain-history.ts';
import { showValue } from './changes.ts';
import { paint } from './output.ts';

export function renderExplained({
  object,
  crmId,
  state,
  held,
  historyWhole,
  historyPruned,
  fields,
}: Explained): string {
  return [
    `${paint('bold', `${object} ${crmId}`)} (${state})`,
    ...(held
      ? [paint('yellow', '  an undo took this record back: nothing is written until a source says something else')]
      : []),
    ...fields.flatMap(renderField),
    ...(historyPruned
      ? [paint('dim', 'older change sets are not kept any more: what wrote before is not known (retention.changes)')]
      : historyWhole
        ? []
        : [paint('dim', 'there are older change sets: --history looks at all that are kept')]),
  ].join('\n');
}

function renderField(explained: ExplainedField): readonly string[] {
  const { field, now, held, pinned, claims, history } = explained;
  return [
    `  ${paint('bold', field)} = ${showValue(now)}`,
    ...originOf(explained).map((line) => `      ${line}`),
    ...(pinned === undefined ? [] : [`      ${paint('yellow', pinText(pinned))}`]),
    ...(held === undefined
      ? []
      : [
          `      ${paint('yellow', `held: ${showValue(held)} is not written: an undo took it back, or a person kept the CRM’s value`)}`,
        ]),
    ...claims.map((claim) => `      ${renderClaim(claim)}`),
    ...(history.length > 1 ? history.flatMap((one) => renderHistory(one).map((line) => `      ${line}`)) : []),
  ];
}

function pinText({ by, why, until }: NonNullable<ExplainedField['pinned']>): string {
  return `fixed by ${by}${until === null ? '' : ` until ${until}`}${why === null ? '' : `: ${why}`}`;
}

/** Why the CRM has the value that it has. */
function originOf({ now, base, resolved, policy, history }: ExplainedField): readonly string[] {
  const [written] = history;
  if (written === undefined && resolved === undefined) return [paint('dim', 'the CRM’s own; no source speaks of it')];
  if (written === undefined)
    return [
      paint(
        'dim',
        `never written: ${base === undefined ? 'the CRM’s own' : 'the CRM had it already'}; ${policyText(policy)}`,
      ),
    ];
  const run = `by ${written.run} at ${written.at}`;
  if (showValue(now) !== showValue(written.after))
    return [`changed in the CRM since ${showValue(written.after)} was written`, paint('dim', run)];
  if (written.kind === 'undo') return [`taken back from ${showValue(written.before)}`, paint('dim', run)];
  const { sync, key, rule, policy: won } = written.why;
  const from = sync === null ? rule : `${sync} ${key ?? ''}`;
  const conflict = won === undefined ? '' : won === 'repair' ? ', a repair' : `, conflict: ${won} wins`;
  const chosen = sync === null ? '' : `, rule ${policy.resolve === '' ? rule : policy.resolve}`;
  return [`from ${from}${chosen}${conflict}; was ${showValue(written.before)}`, paint('dim', run)];
}

function policyText({ resolve, conflict }: ExplainedField['policy']): string {
  return `sources by ${resolve}, conflict: ${conflict}`;
}

function renderClaim({ sync, key, value, version, state, wins, place }: ExplainedClaim): string {
  const notes = [
    ...(version === null ? [] : [`at ${version}`]),
    ...(place === null ? [] : [renderPlace(place)]),
    ...(state === 'applied' || state === 'no_change' ? [] : [state]),
  ];
  return `${wins ? paint('green', '●') : '○'} ${sync} ${key}: ${showValue(value)}${notes.length === 0 ? '' : paint('dim', `  ${notes.join(', ')}`)}`;
}

function renderPlace(place: ClaimPlace): string {
  if ('event' in place) return `event ${place.event} (${place.inbox} in the inbox), received ${place.receivedAt}`;
  const { name, offset, inside, run } = place;
  return `${name}, ${inside ? 'in the record near' : 'from'} byte ${offset}, read by ${run}`;
}

function renderHistory({ run, at, before, after, why, kind, place }: FieldHistory): readonly string[] {
  const from = kind === 'undo' ? 'undo' : why.sync === null ? why.rule : `${why.sync} ${why.key ?? ''}`;
  return [
    paint('dim', `${at}  ${showValue(before)} → ${showValue(after)}  ${from}, by ${run}`),
    ...(place === undefined ? [] : [paint('dim', `    ${renderPlace(place)}`)]),
  ];
}
