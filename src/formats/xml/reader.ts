import type { FormatReader } from '../format.ts';
import { createXmlDecoder } from './decoder.ts';
import { XmlFramer } from './framer.ts';
import { xmlContext } from './context.ts';

/** An XML document with records at a path. */
export const xmlReader: FormatReader = {
  createFramer: (stream, position) => new XmlFramer(stream, position),
  createDecoder: (stream, encoding, context) => createXmlDecoder(stream, encoding, xmlContext(context)),
  inspect: () => ({ description: '', columns: null, context: null }),
};
