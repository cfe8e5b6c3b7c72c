import { describe, expect, test } from 'vitest';
import { mediaType } from '../../src/domain/event-body.ts';

describe('mediaType', () => {
  test.each([
    ['application/json', 'json', null],
    ['Application/JSON; Charset=UTF-8', 'json', 'utf-8'],
    ['application/vnd.acme+json', 'json', null],
    ['application/x-ndjson', 'ndjson', null],
    ['text/csv; header=present; charset="gb18030"', 'csv', 'gb18030'],
    ['text/xml', 'xml', null],
    ['application/soap+xml;charset=utf-8', 'xml', 'utf-8'],
  ])('%s', (contentType, format, charset) => {
    expect(mediaType(contentType)).toEqual({ format, charset });
  });

  test.each(['', 'json', 'text/plain', 'application/jsonp', 'application/json, text/csv', 'constructor', 'a/b+yaml'])(
    '%s is not understood',
    (contentType) => {
      expect(mediaType(contentType)).toBeNull();
    },
  );
});
