import type { FormatReader } from '../format.ts';
import { xmlContext } from './context.ts';
import { checkDeclaration } from './declaration.ts';
import { createXmlDecoder } from './decoder.ts';
import { XmlFramer } from './framer.ts';

/** An XML document with records at a path. */
export const xmlReader: FormatReader = {
  createFramer: (stream, position) => new XmlFramer(stream, position),
  createDecoder: (stream, encoding, context) => createXmlDecoder(stream, encoding, xmlContext(context)),
  inspect(stream, encoding, prefix) {
    if (stream.encoding === 'auto') checkDeclaration(encoding, prefix);
    return { description: '', columns: null, context: null };
  },
};
