// Writes CSV: RFC 4180 quoting in the dialect of the layout, lines that end in LF. Lists and objects become JSON in their
// cell. Refused: a header that readers refuse, and without quotes whatever would need them.

import type { SourceRecord, SourceValue } from '../../domain/values.ts';
import { stringifyJson } from '../json/stringify.ts';
import { isForbiddenName } from '../names.ts';
import { checkText, type CreateWriter, type CsvLayout, laidOut, textWriter, Unwritable } from '../writer.ts';
import { neutraliseFormula } from './formulas.ts';

export const createCsvWriter: CreateWriter = (layout) => {
  const { csv } = layout;
  const encodeRow = rowEncoder(csv);
  const header = laidOut('csv', () => {
    checkColumns(csv.columns);
    return encodeRow(csv.columns);
  });
  const cellOf = csv.neutraliseFormulas
    ? (value: SourceValue | undefined, field: string): string => neutraliseFormula(toCell(value, field))
    : toCell;
  return textWriter('csv', layout, {
    head: header,
    between: '',
    foot: '',
    encode: (record: SourceRecord) => encodeRow(csv.columns.map((name) => cellOf(record[name], name))),
  });
};

function toCell(value: SourceValue | undefined, field: string): string {
  if (typeof value === 'string') return value;
  if (value === null || value === undefined) return '';
  return typeof value === 'boolean' ? String(value) : stringifyJson(value, field);
}

/** Readers trim names, and want every column to have one of its own. */
function checkColumns(columns: readonly string[]): void {
  if (columns.length === 0) throw new Unwritable('', 'is no column: there has to be one');
  for (const [index, name] of columns.entries()) {
    if (name === '') throw new Unwritable(name, 'is no name for a column');
    if (name !== name.trim()) throw new Unwritable(name, 'has white space around it');
    if (columns.indexOf(name) < index) throw new Unwritable(name, 'is the name of two columns');
    if (isForbiddenName(name)) throw new Unwritable(name, 'is a name that readers refuse');
  }
}

function rowEncoder({ columns, delimiter, quote, comment }: CsvLayout): (cells: readonly string[]) => string {
  // Any character of a longer delimiter: `a|` before `||` would end a character too early.
  const special = new RegExp(`[\\r\\n${escapeClass(delimiter + quote)}]`, 'u');
  const quoted = (cell: string, name: string): string => {
    if (quote === '') throw new Unwritable(name, 'needs quotes, and the dialect has none');
    return quote + cell.replaceAll(quote, quote + quote) + quote;
  };
  return (cells) => {
    let row = '';
    for (const [index, cell] of cells.entries()) {
      const name = columns[index] ?? '';
      checkText(cell, name);
      const first = index === 0 && (isBlankLine(cells) || (comment !== null && cell.startsWith(comment)));
      if (index > 0) row += delimiter;
      row += first || special.test(cell) ? quoted(cell, name) : cell;
    }
    if (comment !== null && row.startsWith(comment)) {
      throw new Unwritable(columns[0] ?? '', 'begins as comments do in this dialect');
    }
    return `${row}\n`;
  };
}

/** A blank line is no record. */
function isBlankLine(cells: readonly string[]): boolean {
  return cells.length === 1 && cells[0] === '';
}

function escapeClass(characters: string): string {
  return characters.replace(/[\\\]^-]/g, String.raw`\$&`);
}
