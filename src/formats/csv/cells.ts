// The fast lane of CSV: splits the records about whose cells there is no doubt.

import type { CsvDialect } from '../../domain/definition.ts';

/**
 * Certain are records whose quoted cells begin and end where a cell does, with doubled quotes in them, and whose other
 * cells hold no quote. Everything else is left to csv-parse: damaged records, ones with more cells than columns, and
 * cells with an escape character in them.
 */
export class CellSplitter {
  readonly #columns: number;
  readonly #delimiter: string;
  readonly #quote: string;
  readonly #escape: string | null;
  readonly #quoteCode: number;
  #text = '';
  /** Where the cell that was read last ends. */
  #end = 0;
  /** At or after the end of the cell that was read last. */
  #nextQuote = 0;

  constructor({ delimiter, quote, escape }: CsvDialect, columns: number) {
    this.#columns = columns;
    this.#delimiter = delimiter;
    this.#quote = quote;
    this.#quoteCode = quote.charCodeAt(0);
    this.#escape = escape === quote ? null : escape;
  }

  /** The cells of one record, which stands here without its line end; null when they are not certain. */
  split(text: string): readonly string[] | null {
    return this.#quote === '' || !text.includes(this.#quote) ? this.#splitPlain(text) : this.#splitQuoted(text);
  }

  #splitPlain(text: string): readonly string[] | null {
    const delimiter = this.#delimiter;
    const cells: string[] = [];
    for (let at = 0; cells.length < this.#columns;) {
      const end = text.indexOf(delimiter, at);
      if (end === -1) {
        cells.push(text.slice(at));
        return cells;
      }
      cells.push(text.slice(at, end));
      at = end + delimiter.length;
    }
    return null;
  }

  #splitQuoted(text: string): readonly string[] | null {
    const cells: string[] = [];
    this.#text = text;
    this.#nextQuote = text.indexOf(this.#quote);
    for (let at = 0; cells.length < this.#columns; at = this.#end + this.#delimiter.length) {
      const cell = at === this.#nextQuote ? this.#quotedCell(at + 1) : this.#plainCell(at);
      if (cell === null) return null;
      cells.push(cell);
      if (this.#end === text.length) return cells;
    }
    return null;
  }

  /** Null when a quote stands in it. */
  #plainCell(start: number): string | null {
    const text = this.#text;
    const found = text.indexOf(this.#delimiter, start);
    this.#end = found === -1 ? text.length : found;
    return this.#nextQuote < this.#end ? null : text.slice(start, this.#end);
  }

  /** Null when it does not end before a delimiter, or holds an escape character. */
  #quotedCell(start: number): string | null {
    const text = this.#text;
    const quote = this.#quote;
    let end = text.indexOf(quote, start);
    let doubled = false;
    while (end !== -1 && text.charCodeAt(end + 1) === this.#quoteCode) {
      doubled = true;
      end = text.indexOf(quote, end + 2);
    }
    if (end === -1) return null;
    this.#end = end + 1;
    if (this.#end !== text.length && !text.startsWith(this.#delimiter, this.#end)) return null;
    this.#nextQuote = indexOrNever(text, quote, this.#end);
    const cell = text.slice(start, end);
    if (this.#escape !== null && (doubled || cell.includes(this.#escape))) return null;
    return doubled ? cell.replaceAll(quote + quote, quote) : cell;
  }
}

function indexOrNever(text: string, searched: string, from: number): number {
  const index = text.indexOf(searched, from);
  return index === -1 ? Infinity : index;
}
