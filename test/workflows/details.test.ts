import { describe, expect, test } from 'vitest';
import { NO_COUNTS } from '../../src/domain/run.ts';
import { renderDetails } from '../../workflows/details.ts';
import type { Progress } from '../../workflows/messages.ts';
import { newProgress } from '../../workflows/run-state.ts';

const started = newProgress('erp-customers', 'fetch');
const none = { done: 0, total: null };
const midway: Progress = {
  ...started,
  phase: 'deliver',
  bytes: { done: 900, total: 1000 },
  records: { fetch: 406, transform: 400, validate: 400 },
  batches: { merge: { done: 3, total: 3 }, deliver: { done: 1, total: 3 }, compensate: none },
  counts: {
    ...NO_COUNTS,
    read: 406,
    unchanged: 6,
    accepted: 384,
    quarantined: 16,
    created: 205,
    updated: 66,
    conflicts: 48,
  },
  notes: ['encoding: GB18030, guessed', 'config.changed: the definition changed during the run'],
};

describe('the details of a run, as the Temporal UI shows them', () => {
  test('at the start', () => {
    expect(renderDetails(started, null)).toMatchInlineSnapshot(`
      "**erp-customers**: fetch

      | verb | done |
      |---|---|
      | fetch | 0 records |
      | transform | 0 records |
      | validate | 0 records |
      | merge | 0 batches |
      | deliver | 0 batches |

      | records | |
      |---|---|
      | read | 0 |
      | unchanged | 0 |
      | accepted | 0 |
      | quarantined | 0 |
      | duplicates | 0 |
      | created | 0 |
      | updated | 0 |
      | deleted | 0 |
      | conflicts | 0 |
      "
    `);
  });

  test('midway, with notes', () => {
    expect(renderDetails(midway, null)).toMatchInlineSnapshot(`
      "**erp-customers**: deliver

      | verb | done |
      |---|---|
      | fetch | 406 records |
      | transform | 400 records |
      | validate | 400 records |
      | merge | 3 of 3 batches |
      | deliver | 1 of 3 batches |

      | records | |
      |---|---|
      | read | 406 |
      | unchanged | 6 |
      | accepted | 384 |
      | quarantined | 16 |
      | duplicates | 0 |
      | created | 205 |
      | updated | 66 |
      | deleted | 0 |
      | conflicts | 48 |

      - encoding: GB18030, guessed
      - config.changed: the definition changed during the run"
    `);
  });

  test('at the gate: what it would do, which limits tripped, and the answer to copy', () => {
    const gate = {
      rootHash: 'f00dfacecafe0123456789',
      tripped: ['501 deletes, more than 500', '21 records that lose their email, more than 20'],
      creates: 1,
      updates: 2,
      deletes: 501,
      round: 0,
    };
    const [head = ''] = renderDetails(
      { ...started, phase: 'gate', gate },
      'Decision not applied: the decision is for other change sets',
    ).split('\n| verb');
    expect(head).toMatchInlineSnapshot(`
      "**erp-customers**: gate

      **Waits at the gate** for the signal \`decide\`: 1 creates, 2 updates, 501 deletes.
      - 501 deletes, more than 500
      - 21 records that lose their email, more than 20

      \`{"decision": "approve", "hash": "f00dfacecafe", "by": "your name"}\`

      Decision not applied: the decision is for other change sets
      "
    `);
  });

  test.each([
    ['by a person', { code: null, message: 'paused by li: lunch' }, '**Waits for `resume`.** paused by li: lunch.'],
    [
      'by an error of the catalogue, with what to do',
      { code: 'source.empty', message: 'customers.csv has no bytes' },
      '**Waits for `resume`.** `source.empty` customers.csv has no bytes. Export it again; an empty file never deletes anything. Then resume.',
    ],
    [
      'by an activity',
      { code: 'x.y', message: 'm', activity: 'deliver-0-3' },
      '**Waits for `resume`.** deliver-0-3: `x.y` m.',
    ],
    ['by a code that is not known here', { code: 'x.y', message: 'm' }, '**Waits for `resume`.** `x.y` m.'],
  ])('paused %s', (_title, paused, line) => {
    expect(renderDetails({ ...started, paused }, null).split('\n')[2]).toBe(line);
  });

  test('an undo shows its own verb', () => {
    const batches = { ...started.batches, compensate: { done: 1, total: 4 } };
    expect(renderDetails({ ...started, phase: 'compensate', batches }, null)).toContain(
      '| compensate | 1 of 4 batches |',
    );
    expect(renderDetails(started, null)).not.toContain('compensate');
  });

  test('every table has the same number of cells in each row', () => {
    const rows = renderDetails(midway, null)
      .split('\n')
      .filter((line) => line.startsWith('|'));
    expect(new Set(rows.map((row) => row.split('|').length))).toEqual(new Set([4]));
  });
});
