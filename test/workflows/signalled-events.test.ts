// Signals of other systems: whatever they hold, the workflow task goes on.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { UNREADABLE } from '../../workflows/payload-converter.ts';
import { signalledEvents } from '../../workflows/signalled-events.ts';

describe('what a signal may say', () => {
  test.each([
    ['one event', { record: { id: 1 } }, [{ record: { id: 1 } }]],
    ['a list', { events: [{ id: 'a', record: {} }] }, [{ id: 'a', record: {} }]],
    ['a record that is null', { record: null }, [{ record: null }]],
    [
      'text with its type',
      { body: 'id,name', content_type: 'text/csv' },
      [{ body: 'id,name', content_type: 'text/csv' }],
    ],
    ['what nobody asked for is left out', { record: 1, extra: true }, [{ record: 1 }]],
  ])('%s', (_title, payload, expected) => {
    expect(signalledEvents(payload)).toEqual(expected);
  });

  test.each([
    ['nothing', undefined],
    ['what is no JSON', UNREADABLE],
    ['a text', 'hello'],
    ['a list of events', [{ record: {} }]],
    ['no events', { events: [] }],
    ['an event without content', { id: 'a' }],
    ['an event with two contents', { record: {}, body: '' }],
    ['an id that is no text', { id: 7, record: {} }],
    ['an empty id', { id: '', record: {} }],
    ['a long id', { id: 'x'.repeat(201), record: {} }],
    ['a body that is no text', { body: {} }],
    ['a type that is no text', { body: '', content_type: 1 }],
    ['one bad event among good ones', { events: [{ record: {} }, null] }],
    ['too many', { events: Array.from({ length: 1_001 }, () => ({ record: {} })) }],
  ])('refused: %s', (_title, payload) => {
    expect(signalledEvents(payload)).toBeTypeOf('string');
  });

  test('anything at all gives events or a sentence', () => {
    fc.assert(
      fc.property(fc.anything(), (payload) => {
        const result = signalledEvents(payload);
        expect(typeof result === 'string' || result.length > 0).toBe(true);
      }),
    );
  });
});
