import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { asPause, asRetry, isDecide } from '../../workflows/asked.ts';
import { payloadConverter, UNREADABLE } from '../../workflows/payload-converter.ts';

const json = (text: string): unknown =>
  payloadConverter.fromPayload({
    metadata: { encoding: new TextEncoder().encode('json/plain') },
    data: new TextEncoder().encode(text),
  });

describe('what a person types into the form for a signal', () => {
  test.each<readonly [string, string, unknown]>([
    ['a name and a note', '{"by": "li", "note": "lunch"}', { by: 'li', note: 'lunch' }],
    ['an empty object', '{}', {}],
    ['null', 'null', {}],
    ['text', '"li"', null],
    ['a list', '[]', null],
    ['a number for a name', '{"by": 7}', null],
    ['a field that is not there', '{"who": "li"}', null],
    ['no JSON', '{by: li}', null],
    ['half of it', '{"by": "li', null],
  ])('pause with %s', (_what, text, pause) => {
    expect(asPause(json(text))).toEqual(pause);
  });

  test.each<readonly [string, string, unknown]>([
    ['a rule', '{"rule": "email"}', { rule: 'email' }],
    ['numbers', '{"ids": [3, 4]}', { ids: [3, 4] }],
    ['numbers as text', '{"ids": ["3"]}', null],
    ['one number', '{"ids": 3}', null],
    ['no JSON', 'email', null],
  ])('retryQuarantined with %s', (_what, text, retry) => {
    expect(asRetry(json(text))).toEqual(retry);
  });

  test.each<readonly [string, string, boolean]>([
    ['a whole one', '{"decision": "approve", "hash": "12345678", "by": "li"}', true],
    ['one without a name', '{"decision": "approve", "hash": "12345678"}', false],
    ['another word', '{"decision": "yes", "hash": "12345678", "by": "li"}', false],
    ['no JSON', 'approve', false],
  ])('decide with %s', (_what, text, fits) => {
    expect(isDecide(json(text))).toBe(fits);
  });

  test('nothing at all is a pause by somebody, and all records', () => {
    expect([asPause(undefined), asRetry(undefined)]).toEqual([{}, {}]);
  });

  test('whatever bytes come, nothing throws', () => {
    fc.assert(
      fc.property(
        fc.uint8Array(),
        fc.constantFrom('json/plain', 'binary/null', 'json/protobuf', 'unknown'),
        (data, encoding) => {
          const value: unknown = payloadConverter.fromPayload({
            metadata: { encoding: new TextEncoder().encode(encoding) },
            data,
          });
          return [asPause(value), asRetry(value), isDecide(value)].length === 3;
        },
      ),
    );
    expect([asPause(UNREADABLE), asRetry(UNREADABLE), isDecide(UNREADABLE)]).toEqual([null, null, false]);
  });
});

test('what the converter writes it reads', () => {
  const value = { records: 3, notes: ['π'] };
  expect(payloadConverter.fromPayload(payloadConverter.toPayload(value))).toEqual(value);
});
