import type { FormatReader } from '../format.ts';
import { holdLastLine } from '../last-line.ts';
import { createJsonDecoder } from './decoder.ts';
import { JsonFramer } from './framer.ts';
import { NdjsonFramer } from './ndjson-framer.ts';

const NOTHING_AROUND = { description: '', columns: null, context: null };

/** A JSON document with an array of records at a path. */
export const jsonReader: FormatReader = {
  createFramer: (stream, position) => new JsonFramer(stream, position),
  createDecoder: (_stream, encoding) => createJsonDecoder(encoding),
  inspect: () => NOTHING_AROUND,
};

/** One JSON object a line. */
export const ndjsonReader: FormatReader = {
  createFramer: (stream, position) => new NdjsonFramer(stream, position),
  createDecoder: (stream, encoding) => {
    const decode = createJsonDecoder(encoding);
    return stream.lastLine === 'hold' ? holdLastLine(decode) : decode;
  },
  inspect: () => NOTHING_AROUND,
};
