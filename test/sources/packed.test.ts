import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import type { ReadPlan } from '../../src/sources/source.ts';
import { codeOfAsync, readAll } from '../contract/source-contract.ts';
import { streamOf, type StreamChanges } from '../formats/support.ts';
import { zipOf } from '../support/zip.ts';
import { testFolder } from './support.ts';

const { put, open } = testFolder();

const CSV = 'id,name\n1,A\n2,B\n';
const GZIP = gzipSync(CSV);
const ZIP = zipOf({ 'a.csv': CSV, 'b.csv': CSV });
/** 20 MB of one letter: 1,000 times as much as it takes. */
const DENSE = `id\n${'a'.repeat(20_000_000)}\n`;

async function planOf(content: Uint8Array, changes: StreamChanges = {}): Promise<ReadPlan> {
  await put('file.csv', content);
  return (await open()).plan(streamOf({ stream: 'file.csv', ...changes }));
}

/** The code and the message. */
async function refusalOf(content: Uint8Array, changes: StreamChanges = {}): Promise<string> {
  try {
    await planOf(content, changes);
  } catch (error) {
    return error instanceof Error && 'code' in error ? `${String(error.code)} ${error.message}` : String(error);
  }
  return 'no error';
}

describe('a packed file', () => {
  test.each<[string, Uint8Array, string]>([
    ['a gzip', GZIP, 'file.csv: 36 B, gzip of 16 B, utf-8 (guessed)'],
    ['a zip', ZIP, 'file.csv: 230 B, zip of 32 B, utf-8 (guessed), a.csv, b.csv'],
  ])('%s is known by its bytes, whatever its name', async (_, content, note) => {
    const { notes } = await planOf(content, { encoding: 'auto' });
    expect(notes).toEqual([note]);
  });

  test('every cut of a gzip and of a zip is refused', async () => {
    // The first bytes tell what it is; before them it is a very short CSV.
    for (let length = 2; length < GZIP.length; length++)
      expect(await refusalOf(GZIP.subarray(0, length)), `${length}`).toMatch(/^source\.truncated /);
    for (let length = 4; length < ZIP.length; length++)
      expect(await refusalOf(ZIP.subarray(0, length)), `${length}`).toMatch(/^source\.(truncated|archive|malformed) /);
  });

  test.each<[string, Uint8Array, string]>([
    ['a gzip with something behind it', Buffer.concat([GZIP, Buffer.from('id,name\n3,C\n')]), 'source.malformed'],
    ['a gzip with one byte behind it, as of another one', Buffer.concat([GZIP, Buffer.from('x')]), 'source.truncated'],
    [
      'a gzip with zeros behind it',
      Buffer.concat([GZIP, Buffer.alloc(9)]),
      'source.malformed file.csv: 9 bytes follow the end of the compressed data',
    ],
    ['a gzip with a damaged byte', damage(GZIP, 15), 'source.malformed'],
    ['a gzip with a wrong checksum', damage(GZIP, GZIP.length - 6), 'source.malformed'],
    [
      'a gzip in a gzip',
      gzipSync(GZIP),
      'source.archive file.csv: it holds another compressed file, which is not unpacked',
    ],
    ['a zip in a gzip', gzipSync(ZIP), 'source.archive'],
    ['a tar in a gzip', gzipSync(tarOf()), 'source.archive file.csv: the file is a tar archive'],
    ['an empty gzip', gzipSync(''), 'source.empty'],
    [
      'a gzip in a zip',
      zipOf({ 'a.csv': GZIP }),
      'source.archive file.csv: a.csv: it holds another compressed file, which is not unpacked',
    ],
    ['an empty zip', zipOf({}), 'source.not_found file.csv: the zip is empty'],
    [
      'a zip with an empty entry',
      zipOf({ 'a.csv': CSV, 'b.csv': '' }, { store: true }),
      'source.empty file.csv: b.csv: the file has no bytes',
    ],
    [
      'a zip of a workbook',
      zipOf({ '[Content_Types].xml': '', 'xl/a.xml': '' }),
      'source.archive file.csv: the file is an Excel workbook or another Office document',
    ],
    ['an encrypted zip', zipOf({ 'a.csv': CSV }, { flags: 1 }), 'source.archive file.csv: a.csv is encrypted'],
    [
      'a strongly encrypted zip',
      zipOf({ 'a.csv': CSV }, { flags: 0x41 }),
      'source.archive file.csv: the zip cannot be read: strong encryption is not supported',
    ],
    [
      'a zip of another method',
      zipOf({ 'a.csv': CSV }, { method: 12 }),
      'source.archive file.csv: a.csv is compressed by method 12; only deflate can be read',
    ],
    [
      'a zip with a wrong checksum',
      zipOf({ 'a.csv': CSV }, { crc: 1 }),
      'source.malformed file.csv: a.csv: the checksum is wrong',
    ],
    [
      'a stored zip with a wrong checksum',
      zipOf({ 'a.csv': CSV }, { crc: 1, store: true }),
      'source.malformed file.csv: a.csv: the checksum is wrong',
    ],
    [
      'a zip that promises more',
      zipOf({ 'a.csv': CSV }, { size: 17 }),
      'source.truncated file.csv: a.csv: it holds fewer bytes than it says',
    ],
    [
      'a zip that promises less',
      zipOf({ 'a.csv': CSV }, { size: 15 }),
      'source.malformed file.csv: a.csv: it holds more bytes than it says',
    ],
    ['a stored zip that promises more', zipOf({ 'a.csv': CSV }, { size: 17, store: true }), 'source.archive'],
    ['a 7z archive', magic('377abcaf271c'), 'source.archive file.csv: the file is a 7z archive'],
    ['a RAR archive', magic('526172211a0700'), 'source.archive file.csv: the file is a RAR archive'],
    ['xz', magic('fd377a585a00'), 'source.archive file.csv: the file is compressed with xz'],
    ['zstd', magic('28b52ffd'), 'source.archive file.csv: the file is compressed with zstd'],
    ['bzip2', Buffer.from('BZh91AY&SY'), 'source.archive file.csv: the file is compressed with bzip2'],
    [
      'an old workbook',
      magic('d0cf11e0a1b11ae1'),
      'source.archive file.csv: the file is an Excel workbook or another Office document',
    ],
    ['a PDF', Buffer.from('%PDF-1.7'), 'source.archive file.csv: the file is a PDF'],
    ['a tar', tarOf(), 'source.archive file.csv: the file is a tar archive'],
  ])('%s is refused', async (_, content, expected) => {
    const refusal = await refusalOf(content);
    expect(expected.includes(' ') ? refusal : refusal.split(' ')[0]).toBe(expected);
  });

  test('a gzip of several members is one file', async () => {
    const content = Buffer.concat(['id\n1', '\n2', '\n'].map((text) => gzipSync(text)));
    const plan = await planOf(content);
    const { items } = await readAll(await open(), streamOf({ stream: 'file.csv' }), plan);
    expect(items.map(({ bytes }) => Buffer.from(bytes).toString())).toEqual(['1', '2']);
  });
});

describe('what unpacks to much more than it is', () => {
  const ratio = 'unpacks to more than 100 times its size; if that is right, raise `unpack.ratio` of the stream';
  test.each<[string, Uint8Array, StreamChanges, string]>([
    ['a gzip', gzipSync(DENSE), {}, `source.limit file.csv: the file ${ratio}`],
    ['a zip', zipOf({ 'a.csv': DENSE }), {}, `source.limit file.csv: a.csv: the file ${ratio}`],
    [
      'a zip that says it is small',
      zipOf({ 'a.csv': DENSE }, { size: 10 }),
      {},
      'source.malformed file.csv: a.csv: it holds more bytes than it says',
    ],
    ['with a higher ratio', gzipSync(DENSE), { unpack: { ratio: 2000, maxBytes: null } }, 'no error'],
    ['small as it is', gzipSync(DENSE.slice(0, 10_000_000)), {}, 'no error'],
    [
      'beyond the size set',
      GZIP,
      { unpack: { ratio: 100, maxBytes: 15 } },
      'source.limit file.csv: the file unpacks to more than 15 bytes; if that is right, raise `unpack.size` of the stream',
    ],
    ['up to the size set', GZIP, { unpack: { ratio: 100, maxBytes: 16 } }, 'no error'],
  ])('%s: %s', async (_, content, changes, expected) => {
    expect(await refusalOf(content, { maxRecordBytes: 100_000_000, ...changes })).toBe(expected);
  });
});

describe('the entries of a zip', () => {
  const entries = {
    'data/a.csv': CSV,
    'b.CSV': CSV,
    'c.txt': CSV,
    '__MACOSX/a.csv': 'x',
    '.x.csv': 'x',
    '../up.csv': CSV,
  };
  test.each<[string, string | null, readonly string[]]>([
    ['those with the extension of the format', null, ['../up.csv', 'b.CSV', 'data/a.csv']],
    ['those of a name, in any folder', 'a.csv', ['data/a.csv']],
    ['those of a pattern', '*.txt', ['c.txt']],
    ['those of a folder', 'data/*', ['data/a.csv']],
  ])('%s: %s', async (_, entry, names) => {
    const { notes } = await planOf(zipOf(entries), { entry });
    expect(notes[0]).toContain(`utf-8 (as set), ${names.join(', ')}`);
  });

  test('every one, when none has the extension', async () => {
    const { notes } = await planOf(zipOf({ one: CSV, two: CSV }));
    expect(notes[0]).toContain('one, two');
  });

  test('that nobody has are named, with those that are there', async () => {
    expect(await refusalOf(zipOf(entries), { entry: 'x*.csv' })).toBe(
      'source.not_found file.csv: no entry matches "x*.csv"; the zip has data/a.csv, b.CSV, c.txt, ../up.csv',
    );
  });

  test('with Chinese names, as Windows writes them', async () => {
    // 客户 in GB18030.
    const encodeName = (): Uint8Array => Buffer.from('bfcdbba72e637376', 'hex');
    const { notes } = await planOf(zipOf({ x: CSV }, { encodeName }), { entry: '客户.csv' });
    expect(notes[0]).toContain('客户.csv');
  });

  test('may be too many', async () => {
    const many = Object.fromEntries(Array.from({ length: 257 }, (_, index) => [`${index}.csv`, CSV]));
    expect(await codeOfAsync(() => planOf(zipOf(many)))).toBe('source.limit');
  });
});

function damage(bytes: Uint8Array, at: number): Buffer {
  const copy = Buffer.from(bytes);
  copy[at] = (copy[at] ?? 0) ^ 0xff;
  return copy;
}

function magic(hex: string): Buffer {
  return Buffer.concat([Buffer.from(hex, 'hex'), Buffer.alloc(100, 1)]);
}

function tarOf(): Buffer {
  const tar = Buffer.alloc(1024);
  tar.write('a.csv', 0);
  tar.write('ustar', 257);
  return tar;
}
