// Writes JSON (an array of records at a path, one a line) and NDJSON.

import { parseRecordPath } from '../../domain/record-path.ts';
import { type CreateWriter, laidOut, textWriter, Unwritable } from '../writer.ts';
import { MAX_DEPTH } from './parse.ts';
import { stringifyJson, stringifyRecord } from './stringify.ts';

export const createJsonWriter: CreateWriter = (layout) => {
  return laidOut('json', () => {
    const path = parseRecordPath(layout.record);
    if (path === null) throw new Unwritable(layout.record, 'is no path such as data.items');
    if (path.length >= MAX_DEPTH) throw new Unwritable(layout.record, `is a path of more than ${MAX_DEPTH} levels`);
    const open = path.map((step) => (step === 'each' ? '[' : `{${stringifyJson(step.name, step.name)}:`)).join('');
    const close = path.map((step) => (step === 'each' ? ']' : '}')).toReversed();
    return textWriter('json', layout, {
      head: `${open}[\n`,
      between: ',\n',
      foot: `\n]${close.join('')}\n`,
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
