import { csvReader } from './csv/reader.ts';
import type { FormatRegistry } from './format.ts';
import { jsonReader, ndjsonReader } from './json/reader.ts';
import { xmlReader } from './xml/reader.ts';

/** Every format a stream may have, one line each. */
export const formats: FormatRegistry = {
  csv: csvReader,
  json: jsonReader,
  ndjson: ndjsonReader,
  xml: xmlReader,
};
