import { csvReader } from './csv/reader.ts';
import { createCsvWriter } from './csv/writer.ts';
import type { FormatRegistry } from './format.ts';
import { jsonReader, ndjsonReader } from './json/reader.ts';
import { createJsonWriter, createNdjsonWriter } from './json/writer.ts';
import { readingUtf16 } from './utf16-framer.ts';
import type { WriterRegistry } from './writer.ts';
import { xmlReader } from './xml/reader.ts';
import { createXmlWriter } from './xml/writer.ts';

/** Every format a stream may have, one line each. */
export const formats: FormatRegistry = {
  csv: readingUtf16(csvReader),
  json: readingUtf16(jsonReader),
  ndjson: readingUtf16(ndjsonReader),
  xml: readingUtf16(xmlReader),
};

/** The same for writing. */
export const writers: WriterRegistry = {
  csv: createCsvWriter,
  json: createJsonWriter,
  ndjson: createNdjsonWriter,
  xml: createXmlWriter,
};
