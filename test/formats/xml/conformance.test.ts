// W3C's suite, every document of it: what Tributary reads, what it refuses, and where that is not what the suite says.

import { isUtf8 } from 'node:buffer';
import { describe, expect, test } from 'vitest';
import { detectEncoding } from '../../../src/formats/encodings.ts';
import type { Decoded } from '../../../src/formats/format.ts';
import { formats } from '../../../src/formats/registry.ts';
import { codeOf, frame, streamOf } from '../support.ts';
import { hasDoctype, namesOf, readSuite, type SuiteCase } from './suite.ts';

const SUITE = readSuite();
const OTHERS = SUITE.filter((each) => !hasDoctype(each));

/** Documents that the suite calls well-formed, and why Tributary refuses them. */
const REFUSED: Readonly<Record<string, string>> = {
  'o-p04pass1': 'well-formed only without namespaces, as the suite says: the prefix of <A.-:̀·> is not declared',
  'o-p05pass1': 'well-formed only without namespaces, as the suite says: <:> is no name with them',
};

/** Documents that processors may refuse or not, by the suite (type `error`). */
const OPTIONAL: Readonly<Record<string, 'read' | 'refused'>> = {
  'rmt-e2e-57': 'read', // xml:space with a value that no schema allows
  'rmt-055': 'refused', // not in the encoding that it declares
  'rmt-056': 'read', // U+0085 in the XML declaration
  'rmt-057': 'read', // U+2028 in the XML declaration
};

interface Reading {
  readonly decoded: Decoded;
  readonly reference: Decoded;
}

/** Reads a document as a run does; throws what refuses it. */
function readings(bytes: Buffer, path: string): readonly Reading[] {
  const { encoding } = detectEncoding(bytes, 'auto');
  const auto = streamOf({ format: 'xml', record: path, encoding: 'auto' });
  formats.xml.inspect(auto, encoding, bytes);
  const stream = { ...auto, encoding };
  return frame(stream, bytes).records.map(({ offset, bytes: record, after }) => {
    const decode = formats.xml.createDecoder(stream, encoding, after.context);
    const raw = { offset, bytes: record };
    return { decoded: decode(raw), reference: decode.reference(raw) };
  });
}

/** `read`, the rule of a violation, or the code of an error: with the root as the record, as its parent, and around it. */
function verdictsOf({ bytes }: SuiteCase): readonly string[] {
  const { root, child } = namesOf(bytes);
  return [root, `${root}/${child}`, `${root}/none`].map((record) => {
    let found: readonly Reading[] = [];
    const code = codeOf(() => (found = readings(bytes, record)));
    const refused = found.map(({ decoded }) => decoded).find((decoded) => !decoded.ok);
    return code !== 'no error' ? code : refused?.ok === false ? refused.rule : 'read';
  });
}

function isRead(each: SuiteCase): boolean {
  const verdicts = new Set(verdictsOf(each).map((verdict) => (verdict === 'read' ? 'read' : 'refused')));
  expect(verdicts.size, `${each.id}: the same for every record path`).toBe(1);
  return verdicts.has('read');
}

function idsOf(cases: readonly SuiteCase[]): readonly string[] {
  return cases.map(({ id }) => id);
}

test('the suite is whole', () => {
  expect(SUITE).toHaveLength(2_585);
  const illFormed = OTHERS.filter(({ type }) => type === 'not-wf');
  expect(illFormed).toHaveLength(317);
  expect(illFormed.filter(({ bytes }) => isUtf8(bytes))).toHaveLength(279);
});

describe('of the documents without a DOCTYPE', () => {
  test('none that is ill-formed is accepted', () => {
    const illFormed = OTHERS.filter(({ type }) => type === 'not-wf');
    expect(idsOf(illFormed.filter((each) => verdictsOf(each).includes('read')))).toEqual([]);
  });

  test('all that are well-formed are read, with the differences that are listed', () => {
    const wellFormed = OTHERS.filter(({ type }) => type === 'valid' || type === 'invalid');
    expect(idsOf(wellFormed.filter((each) => !isRead(each)))).toEqual(Object.keys(REFUSED));
  });

  test('those on which processors may differ have one verdict', () => {
    const optional = OTHERS.filter(({ type }) => type === 'error');
    const found = optional.map((each) => [each.id, isRead(each) ? 'read' : 'refused']);
    expect(Object.fromEntries(found)).toEqual(OPTIONAL);
  });

  test('both lanes read the same', () => {
    for (const { id, bytes } of OTHERS) {
      const { root, child } = namesOf(bytes);
      for (const record of [root, `${root}/${child}`]) {
        codeOf(() => {
          for (const { decoded, reference } of readings(bytes, record))
            expect(JSON.stringify(decoded), id).toBe(JSON.stringify(reference));
        });
      }
    }
  });
});

describe('of the documents with a DOCTYPE', () => {
  test('none is accepted', () => {
    expect(idsOf(SUITE.filter((each) => hasDoctype(each) && verdictsOf(each).includes('read')))).toEqual([]);
  });

  test('every one that is otherwise well-formed is refused for it', () => {
    const wellFormed = SUITE.filter((each) => hasDoctype(each) && ['valid', 'invalid'].includes(each.type));
    const others = wellFormed.filter((each) => verdictsOf(each).some((verdict) => verdict !== 'source.doctype'));
    expect(idsOf(others)).toEqual([]);
  });
});
