// The run's current details, as the Temporal UI shows them: Markdown, a few lines and a table.

import { ERRORS, isErrorCode } from '../src/domain/errors.ts';
import type { Progress, VerbProgress } from './messages.ts';

export function renderDetails(progress: Progress, refused: string | null): string {
  const { records, batches, counts } = progress;
  const lines = [`**${progress.sync}**: ${progress.phase}`, '', ...waiting(progress)];
  if (refused !== null) lines.push(refused, '');
  lines.push(
    '| verb | done |',
    '|---|---|',
    `| fetch | ${records.fetch} records |`,
    `| transform | ${records.transform} records |`,
    `| validate | ${records.validate} records |`,
    `| merge | ${share(batches.merge)} batches |`,
    `| deliver | ${share(batches.deliver)} batches |`,
  );
  if (batches.compensate.done > 0) lines.push(`| compensate | ${share(batches.compensate)} batches |`);
  const shown = [
    'read',
    'unchanged',
    'accepted',
    'quarantined',
    'duplicates',
    ...(counts.filtered > 0 ? (['filtered'] as const) : []),
    'created',
    'updated',
    'deleted',
    'conflicts',
  ] as const;
  lines.push('', '| records | |', '|---|---|', ...shown.map((name) => `| ${name} | ${counts[name]} |`));
  const { fast, reference } = progress.lanes;
  if (fast + reference > 0)
    lines.push('', `Decoded ${fast} records in the fast lane, ${reference} in the reference lane.`);
  return [...lines, '', ...progress.notes.map((note) => `- ${note}`)].join('\n');
}

function waiting({ paused, gate }: Progress): readonly string[] {
  const lines: string[] = [];
  if (paused !== null) {
    const hint = isErrorCode(paused.code) ? ` ${ERRORS[paused.code].hint}` : '';
    lines.push(
      `**Waits for \`resume\`.** ${paused.activity === undefined ? '' : `${paused.activity}: `}${paused.code === null ? '' : `\`${paused.code}\` `}${paused.message}.${hint}`,
      '',
    );
  }
  if (gate !== null) {
    lines.push(
      `**Waits at the gate** for the signal \`decide\`: ${gate.creates} creates, ${gate.updates} updates, ${gate.deletes} deletes.`,
      ...gate.tripped.map((limit) => `- ${limit}`),
      '',
      `\`{"decision": "approve", "hash": "${gate.rootHash.slice(0, 12)}", "by": "your name"}\``,
      '',
    );
  }
  return lines;
}

function share({ done, total }: VerbProgress): string {
  return total === null ? String(done) : `${done} of ${total}`;
}
