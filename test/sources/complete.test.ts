import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import type { CompleteProof } from '../../src/domain/definition.ts';
import { readAll } from '../contract/source-contract.ts';
import { streamOf, type StreamChanges } from '../formats/support.ts';
import { zipOf } from '../support/zip.ts';
import { testFolder } from './support.ts';

const { put, open } = testFolder();

type Files = Readonly<Record<string, string | Uint8Array>>;

const A = 'id,name\n1,A\n2,"B\nB"\n';
const sha256 = (content: string | Uint8Array): string => createHash('sha256').update(content).digest('hex');

/** What a read that states this comes to: its records and completeness, or why it is refused. */
async function verdict(files: Files, complete: CompleteProof, changes: StreamChanges = {}): Promise<string> {
  for (const [name, content] of Object.entries(files)) await put(name, content);
  const source = await open();
  const stream = streamOf({ stream: '*.csv', complete, ...changes });
  try {
    const plan = await source.plan(stream);
    const { items, completeness } = await readAll(source, stream, plan);
    return `${items.length} records, ${completeness}`;
  } catch (error) {
    return error instanceof Error && 'code' in error ? `${String(error.code)} ${error.message}` : String(error);
  }
}

describe('a trailer', () => {
  const trailer = (text: string): CompleteProof => ({ trailer: text });
  test.each<[string, Files, string, string]>([
    ['that says the right number', { 'a.csv': `${A}END|2\n` }, 'END|{count}', '2 records, proven'],
    ['without a line end', { 'a.csv': `${A}END|2` }, 'END|{count}', '2 records, proven'],
    ['with blank lines behind it, and CRLF', { 'a.csv': `${A}END|2\r\n\r\n \r\n` }, 'END|{count}', '2 records, proven'],
    [
      'with anything around its number',
      { 'a.csv': `${A}T;2026-11-22;000002;x9` },
      'T;*;{count};*',
      '2 records, proven',
    ],
    ['in quotes', { 'a.csv': `${A}"#END","2"\n` }, '"#END","{count}"', '2 records, proven'],
    ['in a gzip', { 'a.csv': gzipSync(`${A}END 2\n`) }, 'END {count}', '2 records, proven'],
    [
      'in each entry of a zip',
      { 'a.csv': zipOf({ 'a.csv': `${A}END 2\n`, 'b.csv': 'id,name\n3,C\nEND 1' }) },
      'END {count}',
      '3 records, proven',
    ],
    ['in each file', { 'a.csv': `${A}END 2\n`, 'b.csv': 'id,name\nEND 0\n' }, 'END {count}', '2 records, proven'],
    [
      'that says more',
      { 'a.csv': `${A}END|3\n` },
      'END|{count}',
      'source.incomplete a.csv has 2 records, but its trailer says 3',
    ],
    [
      'that says fewer',
      { 'a.csv': `${A}END|1\n` },
      'END|{count}',
      'source.incomplete a.csv has 2 records, but its trailer says 1',
    ],
    [
      'that is missing',
      { 'a.csv': A },
      'END|{count}',
      'source.truncated a.csv: the last line is not the trailer "END|{count}": the file is cut, or still being written',
    ],
    [
      'that is cut',
      { 'a.csv': `${A}END|` },
      'END|{count}',
      'source.truncated a.csv: the last line is not the trailer "END|{count}": the file is cut, or still being written',
    ],
    [
      'inside a quoted field that never ends',
      { 'a.csv': `${A}3,"C\nEND|2\n` },
      'END|{count}',
      'source.truncated a.csv: the quoted field that begins at byte 22 never ends',
    ],
    [
      'in one file only',
      { 'a.csv': `${A}END 2\n`, 'b.csv': A },
      'END {count}',
      'source.truncated b.csv: the last line is not the trailer "END {count}": the file is cut, or still being written',
    ],
  ])('%s', async (_, files, text, expected) => {
    expect(await verdict(files, trailer(text))).toBe(expected);
  });

  test('after a megabyte of records, read in ranges', async () => {
    const rows = Array.from({ length: 60_000 }, (_, index) => `${index},some name of about this length\n`).join('');
    const files = { 'a.csv': `id,name\n${rows}END|60000\n` };
    expect(await verdict(files, trailer('END|{count}'))).toBe('60000 records, proven');
  });

  test.each(['utf16le', 'gb18030'])('in %s', async (encoding) => {
    const rows = Array.from({ length: 20_000 }, (_, index) => `${index},name\n`).join('');
    const text = `id,name\n${rows}END|20000\r\n`;
    const bytes = encoding === 'utf16le' ? Buffer.from(`\uFEFF${text}`, 'utf16le') : Buffer.from(text);
    const changes: StreamChanges = { encoding: encoding === 'utf16le' ? 'auto' : encoding };
    expect(await verdict({ 'a.csv': bytes }, trailer('END|{count}'), changes)).toBe('20000 records, proven');
  });

  test('is no record of NDJSON either', async () => {
    const changes: StreamChanges = { format: 'ndjson' };
    expect(await verdict({ 'a.csv': '{"a":1}\n#END 1\n' }, trailer('#END {count}'), changes)).toBe('1 records, proven');
  });
});

describe('a count', () => {
  const count = (file: string, text = '{count}'): CompleteProof => ({ count: { file, text } });
  test.each<[string, Files, CompleteProof, string]>([
    ['beside the file', { 'a.csv': A, 'a.cnt': '2\n' }, count('{stem}.cnt'), '2 records, proven'],
    [
      'by the whole name',
      { 'a.csv': A, 'a.csv.ok': 'rows=2' },
      count('{file}.ok', 'rows={count}'),
      '2 records, proven',
    ],
    ['in the same folder', { 'x/a.csv': A, 'x/a.cnt': '2' }, count('{stem}.cnt'), '2 records, proven'],
    [
      'of all files together',
      { 'a.csv': A, 'b.csv': A, 'all.txt': 'files: 2\nrecords: 4\n' },
      count('all.txt', 'records: {count}'),
      '4 records, proven',
    ],
    [
      'of another number',
      { 'a.csv': A, 'a.cnt': '3' },
      count('{stem}.cnt'),
      'source.incomplete a.csv has 2 records, but a.cnt says 3',
    ],
    [
      'of another number of all files',
      { 'a.csv': A, 'b.csv': A, n: '5' },
      count('n'),
      'source.incomplete the read has 4 records, but n says 5',
    ],
    ['that is not there', { 'a.csv': A }, count('{stem}.cnt'), 'source.incomplete a.cnt: it is not there'],
    [
      'that says nothing',
      { 'a.csv': A, 'a.cnt': 'ok' },
      count('{stem}.cnt'),
      'source.incomplete a.cnt does not say how many records there are: expected "{count}"',
    ],
    [
      'outside of the folder',
      { 'a.csv': A },
      count('../a.cnt'),
      'source.unreadable ../a.cnt: the pattern "../a.cnt": it does not name files below the connection\'s folder',
    ],
  ])('%s', async (_, files, complete, expected) => {
    const stream = 'x/a.csv' in files ? 'x/*.csv' : '*.csv';
    expect(await verdict(files, complete, { stream })).toBe(expected);
  });

  test('of XML adds to what the format proves', async () => {
    const changes: StreamChanges = { format: 'xml', record: 'c/x', stream: '*.xml' };
    const strange = { 'a.xml': '<c><y/></c>', n: '0' };
    expect(await verdict(strange, count('n'), changes)).toBe('0 records, unproven');
  });
});

describe('a manifest', () => {
  const manifest = (pattern: string): CompleteProof => ({ manifest: pattern });
  const B = 'id,name\n3,C\n';
  test.each<[string, Files, string, string]>([
    [
      'of sha256sum',
      { 'a.csv': A, 'b.csv': B, 'x.sha256': `${sha256(A)}  a.csv\n${sha256(B)} *./sub/b.csv\n` },
      '*.sha256',
      '3 records, proven',
    ],
    [
      'of one file each',
      {
        'a.csv': A,
        'b.csv': B,
        'a.csv.sha256': sha256(A).toUpperCase(),
        'b.csv.sha256': `SHA256 (b.csv) = ${sha256(B)}`,
      },
      '{file}.sha256',
      '3 records, proven',
    ],
    [
      'of JSON',
      {
        'a.csv': A,
        'm.json': JSON.stringify({ files: [{ name: 'a.csv', sha256: sha256(A), size: A.length, records: 2 }] }),
      },
      'm.json',
      '2 records, proven',
    ],
    [
      'of the packed bytes',
      { 'a.csv': gzipSync(A), 'm.json': JSON.stringify([{ name: 'a.csv', sha256: sha256(gzipSync(A)), records: 2 }]) },
      'm.json',
      '2 records, proven',
    ],
    [
      'of older files beside',
      { 'a.csv': A, 'old.sha256': `${sha256('x')}  old.csv`, 'new.sha256': `${sha256(A)}  a.csv` },
      '*.sha256',
      '2 records, proven',
    ],
    [
      'with a file that is not there',
      { 'a.csv': A, 'x.sha256': `${sha256(A)}  a.csv\n${sha256(B)}  b.csv` },
      '*.sha256',
      'source.incomplete x.sha256 lists b.csv, which is not there',
    ],
    [
      'with files that are not of this stream',
      { 'a.csv': A, 'x.sha256': `${sha256(A)}  a.csv\n${sha256(B)}  b.xml` },
      '*.sha256',
      '2 records, proven',
    ],
    [
      'without a file that is there',
      { 'a.csv': A, 'b.csv': B, 'x.sha256': `${sha256(A)}  a.csv` },
      '*.sha256',
      'source.incomplete no manifest "*.sha256" lists b.csv',
    ],
    [
      'with another digest',
      { 'a.csv': A, 'x.sha256': `${sha256(B)}  a.csv` },
      '*.sha256',
      'source.incomplete a.csv has another digest than x.sha256 says',
    ],
    [
      'with another size',
      { 'a.csv': A, 'm.json': JSON.stringify([{ name: 'a.csv', sha256: sha256(A), size: 1 }]) },
      'm.json',
      'source.incomplete a.csv has 20 bytes, but m.json says 1',
    ],
    [
      'with another number of records',
      { 'a.csv': A, 'm.json': JSON.stringify([{ name: 'a.csv', sha256: sha256(A), records: 3 }]) },
      'm.json',
      'source.incomplete a.csv has 2 records, but m.json says 3',
    ],
    ['that is not there', { 'a.csv': A }, '*.sha256', 'source.incomplete no manifest matches "*.sha256"'],
    [
      'that is none',
      { 'a.csv': A, 'x.sha256': 'hello' },
      '*.sha256',
      'source.incomplete x.sha256: it is no manifest: expected lines of a SHA-256 digest and a name, as sha256sum writes them',
    ],
    [
      'of JSON that is none',
      { 'a.csv': A, 'm.json': '{"a.csv": 1}' },
      'm.json',
      'source.incomplete m.json: it is no manifest: expected JSON such as {"files": [{"name": "…", "sha256": "…", "records": 1}]}',
    ],
  ])('%s', async (_, files, pattern, expected) => {
    expect(await verdict(files, manifest(pattern))).toBe(expected);
  });
});

test('notes say what showed that a file is whole', async () => {
  await put('a.csv', `${A}END|2\n`);
  const plan = await (await open()).plan(streamOf({ stream: 'a.csv', complete: { trailer: 'END|{count}' } }));
  expect(plan.notes).toEqual(['a.csv: 26 B, utf-8 (as set), 2 records as its trailer says']);
});
