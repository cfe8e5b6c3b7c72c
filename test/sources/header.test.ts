import { describe, expect, test } from 'vitest';
import { streamOf, type StreamChanges } from '../formats/support.ts';
import { testFolder } from './support.ts';

const { put, open } = testFolder();
const NEEDED = ['cust_no', 'name'];

/** What planning says of a file from which two columns are read. */
async function verdict(content: string, changes: StreamChanges = {}): Promise<string> {
  await put('a.csv', content);
  const missing = (columns: readonly string[]): readonly string[] => NEEDED.filter((name) => !columns.includes(name));
  try {
    const context = { signal: new AbortController().signal, progress: () => {}, last: null, missing, patienceMs: 0 };
    await (await open()).plan(streamOf({ stream: 'a.csv', ...changes }), context);
    return 'no error';
  } catch (error) {
    return error instanceof Error && 'code' in error ? `${String(error.code)} ${error.message}` : String(error);
  }
}

const ROWS = Array.from({ length: 6 }, (_, index) => `${index},A,B\n`).join('');

describe('a header', () => {
  test.each<[string, string, StreamChanges, string]>([
    ['as it should be', `cust_no,name,x\n${ROWS}`, {}, 'no error'],
    [
      'below a title',
      `Customers of 2026-11-22\n\ncust_no,name,x\n${ROWS}`,
      {},
      'source.header a.csv: there is no column cust_no, name; the header with the columns is on line 3: set `csv.skip_lines: 2`',
    ],
    [
      'below a title that cannot be a header',
      `Customers,,\n"as of",2026-11-22,\ncust_no,name,x\n${ROWS}`,
      {},
      'source.header a.csv: column 2 of the header has no name; the header with the columns is on line 3: set `csv.skip_lines: 2`',
    ],
    [
      'above the lines that are skipped',
      `cust_no,name,x\n${ROWS}`,
      { csv: { skipLines: 1 } },
      'source.header a.csv: there is no column cust_no, name; the header with the columns is on line 1: set `csv.skip_lines: 0`',
    ],
    [
      'with another delimiter',
      `cust_no;name;x\n${ROWS}`,
      {},
      'source.header a.csv: there is no column cust_no, name; the columns are there with the delimiter ";": set `csv.delimiter`',
    ],
    [
      'with names that were changed',
      `CustNo,nmae,x\n${ROWS}`,
      {},
      'source.header a.csv: there is no column cust_no (is it "CustNo" now?), name (is it "nmae" now?); the header has CustNo, nmae, x',
    ],
    [
      'without a column',
      `cust_no,x,y\n${ROWS}`,
      {},
      'source.header a.csv: there is no column name; the header has cust_no, x, y',
    ],
    ['that is missing', ROWS, {}, 'source.header a.csv: there is no column cust_no, name; the header has 0, A, B'],
    [
      'with a name less than there are cells',
      `cust_no,name\n${ROWS}`,
      {},
      'source.header a.csv: in each of the first 6 rows the row has 3 cells, the header 2 columns: columns are shifted, added or missing',
    ],
    ['with a few ragged rows only', 'cust_no,name\n1,2,3\n1,2,3\n1,2,3\n', {}, 'no error'],
    ['with ragged rows of several kinds', `cust_no,name\n1\n${ROWS}`, {}, 'no error'],
    ['with one good row among them', `cust_no,name\n${ROWS}1,A\n`, {}, 'no error'],
  ])('%s', async (_, content, changes, expected) => {
    expect(await verdict(content, changes)).toBe(expected);
  });

  test.each<[string, readonly string[], boolean]>([
    [
      'rounded by a spreadsheet',
      ['110105194912310000', '110105194912320000', '110105194912330000', '110105194912340000', '1101051949123500'],
      true,
    ],
    [
      'of which one is not',
      ['110105194912310000', '110105194912320000', '110105194912330000', '110105194912340000', '110105194912350021'],
      false,
    ],
    ['of which there are few', ['110105194912310000', '1101051949123200'], false],
  ])('with long numbers %s', async (_, ids, expected) => {
    await put('b.csv', `cust_no,id\n${ids.map((id, index) => `${index},${id}\n`).join('')}`);
    const { notes } = await (await open()).plan(streamOf({ stream: 'b.csv' }));
    const doubt =
      'b.csv: every long number in id ends in zeros: a spreadsheet has rounded them; re-export the column as text';
    expect(notes.slice(1)).toEqual(expected ? [doubt] : []);
  });

  test('is long: the message is not', async () => {
    const wide = Array.from({ length: 900 }, (_, index) => `column_${index}`).join(',');
    expect((await verdict(`${wide}\n`)).length).toBeLessThan(1_100);
  });
});
