import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createProgressView, renderBars } from '../../src/cli/progress-view.ts';
import { NO_COUNTS } from '../../src/domain/run.ts';
import type { Progress } from '../../workflows/messages.ts';

const none = { done: 0, total: null };
const started: Progress = {
  sync: 'erp-customers',
  phase: 'fetch',
  paused: null,
  gate: null,
  bytes: { done: 0, total: null },
  records: { fetch: 0, transform: 0, validate: 0 },
  batches: { merge: none, deliver: none, compensate: none },
  lanes: { fast: 0, reference: 0 },
  counts: NO_COUNTS,
  notes: [],
};

beforeEach(() => {
  vi.stubEnv('NO_COLOR', '1');
});

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

describe('the bars', () => {
  test('half way through the file', () => {
    const progress: Progress = {
      ...started,
      bytes: { done: 500, total: 1000 },
      records: { fetch: 300, transform: 200, validate: 100 },
      counts: { ...NO_COUNTS, unchanged: 100, quarantined: 7 },
    };
    expect(renderBars(progress)).toMatchInlineSnapshot(`
      [
        "erp-customers  fetch",
        "  fetch      ████████████░░░░░░░░░░░░ 300 records",
        "  transform  ████████████████████████ 200 records",
        "  validate   ████████████░░░░░░░░░░░░ 7 quarantined",
        "  merge      ░░░░░░░░░░░░░░░░░░░░░░░░ 0 conflicts",
        "  deliver    ░░░░░░░░░░░░░░░░░░░░░░░░ 0 created, 0 updated",
      ]
    `);
  });

  test('while it is delivered', () => {
    const progress: Progress = {
      ...started,
      phase: 'deliver',
      records: { fetch: 300, transform: 300, validate: 300 },
      batches: { merge: { done: 4, total: 4 }, deliver: { done: 1, total: 4 }, compensate: none },
      counts: { ...NO_COUNTS, conflicts: 3, created: 20, updated: 5 },
    };
    expect(renderBars(progress)).toMatchInlineSnapshot(`
      [
        "erp-customers  deliver",
        "  fetch      ████████████████████████ 300 records",
        "  transform  ████████████████████████ 300 records",
        "  validate   ████████████████████████ 0 quarantined",
        "  merge      ████████████████████████ 3 conflicts",
        "  deliver    ██████░░░░░░░░░░░░░░░░░░ 20 created, 5 updated",
      ]
    `);
  });

  test('an undo has a bar of its own', () => {
    const compensate = { done: 1, total: 2 };
    expect(renderBars({ ...started, phase: 'compensate', batches: { ...started.batches, compensate } }).at(-1)).toBe(
      `  compensate ${'█'.repeat(12)}${'░'.repeat(12)} `,
    );
  });

  test('more done than expected is full, not longer', () => {
    const [, fetch = ''] = renderBars({ ...started, bytes: { done: 1200, total: 1000 } });
    expect(fetch).toContain(` ${'█'.repeat(24)} `);
  });
});

describe('where nobody looks', () => {
  let said: string;

  beforeEach(() => {
    said = '';
    vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
      said += String(text);
      return true;
    });
  });

  test('a line for each phase', () => {
    const view = createProgressView({ quiet: false });
    for (const phase of ['fetch', 'fetch', 'seal', 'merge', 'merge'] as const) view.show({ ...started, phase });
    view.done();
    expect(said).toBe('erp-customers: fetch\nerp-customers: seal\nerp-customers: merge\n');
  });

  test('with --json nothing at all', () => {
    const view = createProgressView({ quiet: true });
    view.show(started);
    view.done();
    expect(said).toBe('');
  });
});
