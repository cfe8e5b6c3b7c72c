// Writes JSON (an array of records at a path, one a line) and NDJSON.

import { type CreateWriter, laidOut, textWriter, Unwritable } from '../writer.ts';
import { MAX_DEPTH } from './parse.ts';
import { stringifyJson, stringifyRecord } from './stringify.ts';

export const createJsonWriter: CreateWriter = (layout) => {
  const path = layout.record === '' ? [] : layout.record.split('.');
  return laidOut('json', () => {
    if (path.length >= MAX_DEPTH) throw new Unwritable(layout.record, `is a path of more than ${MAX_DEPTH} levels`);
    const open = path.map((name) => `{${stringifyJson(name, name)}:`).join('');
    return textWriter('json', layout, {
      head: `${open}[\n`,
      between: ',\n',
      foot: `\n]${'}'.repeat(path.length)}\n`,
      encode: (record) => stringifyRecord(record, layout.numbers),
    });
  });
};

export const createNdjsonWriter: CreateWriter = (layout) =>
  textWriter('ndjson', layout, {
    head: '',
    between: '',
    foot: '',
    encode: (record) => `${stringifyRecord(record, layout.numbers)}\n`,
  });
