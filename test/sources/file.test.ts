import { execFileSync } from 'node:child_process';
import { appendFile, chmod, rm, symlink, truncate, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { sourceKinds } from '../../src/sources/registry.ts';
import { codeOfAsync, describeSourceContract, readAll } from '../contract/source-contract.ts';
import { zipOf } from '../support/zip.ts';
import { plain, streamOf, type StreamChanges } from '../formats/support.ts';
import type { Decoded } from '../../src/formats/format.ts';
import { testFolder } from './support.ts';

const folder = testFolder();
const { put, open } = folder;

async function planCode(changes: StreamChanges, path?: string): Promise<string> {
  const source = await open(path);
  return codeOfAsync(() => source.plan(streamOf(changes)));
}

const XML: StreamChanges = { format: 'xml', record: 'customers/customer', stream: '*.xml' };
const CSV: StreamChanges = { stream: '*.csv' };
const WIDE = Array.from({ length: 400 }, (_, index) => `客户字段${index}`);

describeSourceContract('a file source of one CSV file', async () => {
  await put('a.csv', 'id,name\n1,A\n2,"B\nB"\n3,客\n');
  return {
    source: await open(),
    stream: streamOf(CSV),
    records: 3,
    change: () => appendFile(folder.path('a.csv'), '4,D\n'),
  };
});

describeSourceContract('a file source of CSV files with different and very wide headers', async () => {
  await put('a.csv', 'id,name\n1,A\n');
  await put('b.csv', `${WIDE.join(',')}\n${WIDE.map((_, index) => index).join(',')}\nragged\n`);
  await put('c.csv', 'name,id\nC,3\nD,4');
  return { source: await open(), stream: streamOf(CSV), records: 5, change: () => rm(folder.path('c.csv')) };
});

describeSourceContract('a file source of XML files', async () => {
  await put('a.xml', '<customers><customer a="1"/>\n<customer a="2"/></customers>');
  await put('b.xml', '<n:customers xmlns:n="urn:n"><n:customer n:a="3"/>x<n:customer/></n:customers>');
  await put('c.xml', '<customers/>');
  return { source: await open(), stream: streamOf(XML), records: 4, change: () => put('b.xml', '<customers/>') };
});

describeSourceContract('a file source of JSON files in folders', async () => {
  await put('2024/a.json', '{"data":[{"a":1},{"a":2}]}');
  await put('2025/a.json', '{"data":[{"a":3},{"a":4}]}');
  const stream = streamOf({ format: 'json', record: 'data', stream: '20??/*.json' });
  return { source: await open(), stream, records: 4, change: () => put('2024/a.json', '{"data":[{"a":1},{"a":9}]}') };
});

describeSourceContract('a file source of NDJSON', async () => {
  await put('a.ndjson', '{"a":1}\n{"a":2}\r\n\n{"a":3}');
  const stream = streamOf({ format: 'ndjson', stream: 'a.ndjson' });
  return { source: await open(), stream, records: 3, change: () => truncate(folder.path('a.ndjson'), 10) };
});

describeSourceContract('a file source of ranges', async () => {
  await put('a.csv', `id,name\n${Array.from({ length: 12 }, (_, index) => `${index},"N\n${index}"\n`).join('')}`);
  await put('b.csv', 'id,name\n20,B\n');
  await put('c.csv', 'id,other\n30,C\n');
  await put('d.csv', `${WIDE.join(',')}\n${`${WIDE.join(',')}\n`.repeat(3)}`);
  const change = (): Promise<void> => appendFile(folder.path('c.csv'), '4,D\n');
  return { source: await open('./exports', 40), stream: streamOf(CSV), records: 17, change };
});

describeSourceContract('a file source of ranges of XML', async () => {
  const customers = Array.from({ length: 9 }, (_, index) => `<c:customer c:n="${index}"><a/></c:customer>`);
  await put('a.xml', `<n:x xmlns:n="urn:n"><customers xmlns:c="urn:c">${customers.join('\n')}</customers></n:x>`);
  const stream = streamOf({ format: 'xml', record: 'x/customers/customer', stream: 'a.xml' });
  const change = (): Promise<void> => put('a.xml', '<x/>');
  return { source: await open('./exports', 50), stream, records: 9, change };
});

describeSourceContract('a file source of gzip files', async () => {
  await put('a.csv.gz', gzipSync('id,name\n1,A\n2,"B\nB"\n'));
  await put('b.csv', 'id,name\n3,C\n');
  await put('c.gz', Buffer.concat([gzipSync('id,name\n4,'), gzipSync('D\n5,E')]));
  const stream = streamOf({ stream: '*', format: 'csv' });
  return { source: await open(), stream, records: 5, change: () => put('a.csv.gz', gzipSync('id,name\n1,A\n')) };
});

describeSourceContract('a file source of a zip', async () => {
  const entries = { 'x/b.csv': 'id,name\n3,C\n', 'a.csv': 'id,name\n1,A\n2,B\n', 'readme.txt': 'no' };
  await put('a.zip', zipOf(entries));
  const stream = streamOf({ stream: 'a.zip', format: 'csv' });
  return { source: await open('./exports', 10), stream, records: 3, change: () => put('a.zip', zipOf({})) };
});

describe('a plan', () => {
  test('says what was found', async () => {
    await put('b.csv', 'id,name\n2,B\n');
    await put(
      'a.csv',
      Buffer.concat([Buffer.from('id,'), Buffer.from([0xc3, 0xfb, 0xb3, 0xc6]), Buffer.from('\n1,A\n')]),
    );
    await put('.hidden.csv', 'x');
    await put('sub.csv/c.csv', 'x');
    const { plan, ...rest } = await (await open()).plan(streamOf({ ...CSV, encoding: 'auto' }));
    expect(rest).toEqual({
      asOf: expect.any(Number),
      ranges: 1,
      repeats: 'no',
      totalBytes: 24,
      notes: ['a.csv: 12 B, gb18030 (guessed)', 'b.csv: 12 B, utf-8 (guessed)'],
      surroundings: '["id","名称"]\n["id","name"]',
    });
    expect(JSON.parse(JSON.stringify(plan))).toEqual(plan);
  });

  test('of an encoding that is guessed reads with it', async () => {
    await put(
      'a.csv',
      Buffer.concat([Buffer.from('id,'), Buffer.from([0xc3, 0xfb, 0xb3, 0xc6]), Buffer.from('\n1,A\n')]),
    );
    const source = await open();
    const stream = streamOf({ ...CSV, encoding: 'auto' });
    const { decoded } = await readAll(source, stream, await source.plan(stream));
    expect(decoded.map((each) => plain(each as Decoded))).toEqual([{ id: '1', 名称: 'A' }]);
  });

  test('of ASCII with other bytes after the prefix has violations that tell what to do, and no U+FFFD', async () => {
    await put(
      'a.csv',
      Buffer.concat([Buffer.from(`id,n\n${'1,a\n'.repeat(20_000)}`), Buffer.from([0xc3, 0xfb, 0x2c, 0x32, 0x0a])]),
    );
    const source = await open();
    const stream = streamOf({ ...CSV, encoding: 'auto' });
    const { decoded } = await readAll(source, stream, await source.plan(stream));
    expect(decoded).toHaveLength(20_001);
    expect(decoded.at(-1)).toEqual({
      ok: false,
      rule: 'record.encoding',
      message: expect.stringContaining('set `encoding`'),
    });
  });

  test.each<[string, StreamChanges, string]>([
    ['of nothing', { stream: 'x*.csv' }, 'source.not_found'],
    ['of a name that is not there', { stream: 'x.csv' }, 'source.not_found'],
    ['of a folder that is not there', { stream: 'x/*.csv' }, 'source.not_found'],
    ['of an empty file', { stream: 'empty.csv' }, 'source.empty'],
    ['of blank lines', { stream: 'blank.csv' }, 'source.empty'],
    ['of a folder', { stream: 'folder' }, 'source.unreadable'],
    ['of a FIFO', { stream: 'fifo*' }, 'source.unreadable'],
    ['of a file outside', { stream: '../secret.csv' }, 'source.unreadable'],
    ['of a link to a file outside', { stream: 'link.csv' }, 'source.unreadable'],
    ['of a link to a file outside, by a wildcard', { stream: 'lin*.csv' }, 'source.unreadable'],
    ['of a file in a linked folder outside', { stream: 'up/secret.csv' }, 'source.unreadable'],
    ['of files in linked folders outside', { stream: 'u?/*.csv' }, 'source.unreadable'],
    ['of a dangling link', { stream: 'dang*' }, 'source.unreadable'],
    ['of a header with a name twice', { stream: 'twice.csv' }, 'source.header'],
    ['of UTF-32', { stream: 'utf32.csv', encoding: 'auto' }, 'source.encoding'],
    ['of a link inside', { stream: 'inner.csv' }, 'no error'],
    ['of XML that is cut, which shows when it is read', { ...XML, stream: 'cut.xml' }, 'no error'],
  ])('%s: %s', async (_, changes, code) => {
    const project = folder.dir();
    const exports = folder.path('');
    await put('good.csv', 'a\n1\n');
    await put('empty.csv', '');
    await put('blank.csv', '\n\n');
    await put('folder/x.csv', 'a\n1\n');
    await put('twice.csv', 'a,a\n1,2\n');
    await put('utf32.csv', Buffer.from([0xff, 0xfe, 0, 0, 0x61, 0, 0, 0]));
    await put('cut.xml', '<customers><cust');
    await writeFile(join(project, 'secret.csv'), 'a\n1\n');
    await symlink(join(project, 'secret.csv'), join(exports, 'link.csv'));
    await symlink(project, join(exports, 'up'));
    await symlink('nowhere.csv', join(exports, 'dangling.csv'));
    await symlink('good.csv', join(exports, 'inner.csv'));
    execFileSync('mkfifo', [join(exports, 'fifo.csv')]);
    expect(await planCode(changes)).toBe(code);
  });

  test('of a folder that does not exist names it', async () => {
    await expect((await open('nowhere')).plan(streamOf(CSV))).rejects.toThrow('the folder erp/nowhere does not exist');
  });

  test('of nothing names folder and pattern', async () => {
    await expect((await open()).plan(streamOf(CSV))).rejects.toThrow('no file in erp/exports matches "*.csv"');
  });

  test.skipIf(process.getuid?.() === 0)('of a file that may not be read', async () => {
    await put('a.csv', 'a\n1\n');
    await chmod(folder.path('a.csv'), 0o000);
    expect(await planCode(CSV)).toBe('source.unreadable');
  });

  test('of too many files', async () => {
    await Promise.all(Array.from({ length: 257 }, (_, index) => put(`${index}.csv`, 'a\n')));
    expect(await planCode(CSV)).toBe('source.limit');
  });
});

describe('a read', () => {
  test('refuses a file whose bytes changed but not its size and time', async () => {
    await put('a.csv', 'a\n1\n');
    const file = folder.path('a.csv');
    const past = new Date('2024-01-01');
    await utimes(file, past, past);
    const source = await open();
    const plan = await source.plan(streamOf(CSV));
    await writeFile(file, 'a\n2\n');
    await utimes(file, past, past);
    await expect(readAll(source, streamOf(CSV), plan)).rejects.toThrow(
      'a.csv has other bytes than when the read was planned',
    );
  });

  test('refuses a file that changes while it is read, rather than call it ill-formed', async () => {
    const file = folder.path('a.xml');
    await put('a.xml', `<customers>${'<customer><name>x</name></customer>'.repeat(20_000)}</customers>`);
    const source = await open();
    const stream = streamOf(XML);
    const plan = await source.plan(stream);
    const reader = source.read(stream, plan.plan, { range: 0, position: null }, new AbortController().signal);
    const items = reader.items()[Symbol.asyncIterator]();
    await items.next();
    await writeFile(file, '<customers>'.repeat(100_000));
    const rest = async (): Promise<void> => {
      while ((await items.next()).done !== true);
    };
    expect(await codeOfAsync(rest)).toBe('source.changed');
  });

  test('names the file in which something is wrong', async () => {
    await put('a.xml', '<customers/>');
    await put('b.xml', '<customers><customer>');
    const source = await open();
    const plan = await source.plan(streamOf(XML));
    await expect(readAll(source, streamOf(XML), plan)).rejects.toMatchObject({
      code: 'source.truncated',
      message: 'b.xml: the document ends at byte 21 before it is closed',
      details: { file: 'b.xml', offset: 21 },
    });
  });

  test('stops when it is aborted between chunks', async () => {
    await put('a.csv', `a\n${'12345678\n'.repeat(100_000)}`);
    const source = await open();
    const plan = await source.plan(streamOf(CSV));
    const controller = new AbortController();
    const reader = source.read(streamOf(CSV), plan.plan, { range: 0, position: null }, controller.signal);
    const items = reader.items()[Symbol.asyncIterator]();
    await items.next();
    controller.abort(new Error('enough'));
    await expect(items.next()).rejects.toThrow('enough');
  });

  test('yields a large file in several chunks', async () => {
    await put('a.csv', `a\n${'12345678\n'.repeat(100_000)}`);
    const source = await open();
    const plan = await source.plan(streamOf(CSV));
    const sizes: number[] = [];
    const reader = source.read(streamOf(CSV), plan.plan, { range: 0, position: null }, new AbortController().signal);
    for await (const items of reader.items()) sizes.push(items.length);
    expect(sizes).toHaveLength(4);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(100_000);
  });
});

describe('completeness', () => {
  const whole = '<customers><customer/></customers>';
  const strange = '<customers><client/></customers>';
  test.each<[string, StreamChanges, readonly string[], string]>([
    ['XML is proven', XML, [whole, whole], 'proven'],
    ['well-formed XML without records is proven', XML, ['<customers/>'], 'proven'],
    ['XML with a doubtful file is not', XML, [whole, strange, whole], 'unproven'],
    ['CSV is not', { stream: '*' }, ['a\n1\n'], 'unproven'],
    ['CSV that the owner vouches for is', { stream: '*', complete: 'trust' }, ['a\n1\n'], 'proven'],
    ['NDJSON is not', { stream: '*', format: 'ndjson' }, ['{}'], 'unproven'],
  ])('%s', async (_, changes, contents, expected) => {
    for (const [index, content] of contents.entries()) await put(`${index}.xml`, content);
    const source = await open();
    const stream = streamOf(changes);
    const plan = await source.plan(stream);
    const { items, completeness } = await readAll(source, stream, plan);
    expect(completeness).toBe(expected);
    for (const { range, after } of items)
      expect((await readAll(source, stream, plan, { range, position: after })).completeness).toBe(expected);
  });
});

describe('check', () => {
  test.each([
    ['./exports', 'erp/exports: 2 files, 1.2 MB, utf-8 (guessed): a.csv, b.csv'],
    ['exports/', 'erp/exports: 2 files, 1.2 MB, utf-8 (guessed): a.csv, b.csv'],
  ])('of %s says %s', async (path, expected) => {
    await put('a.csv', 'a\n1\n');
    await put('b.csv', `a\n${'1\n'.repeat(600_000)}`);
    expect(await (await open(path)).check(streamOf({ ...CSV, encoding: 'auto' }))).toBe(expected);
  });

  test('settings have a path and nothing else', () => {
    expect(() => sourceKinds.get('file')?.parse({})).toThrow();
    expect(() => sourceKinds.get('file')?.parse({ path: 'x', pth: 'y' })).toThrow();
  });
});
