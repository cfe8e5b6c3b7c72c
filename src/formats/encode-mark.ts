// The bytes of a dialect's marks (delimiter, comment) in the stream's own encoding.

import iconv from 'iconv-lite';
import { SyncError } from '../domain/errors.ts';
import { canonicalEncoding, strictDecoder } from './encodings.ts';

/** Throws `source.encoding` when the encoding has no bytes for a character of the mark. */
export function encodeMark(mark: string, encoding: string): Buffer {
  const name = encoding === 'auto' ? 'utf-8' : canonicalEncoding(encoding);
  if (name === 'utf-8' || /^[\0-\x7f]*$/.test(mark)) return Buffer.from(mark);
  const bytes = iconv.encodingExists(name) ? iconv.encode(mark, name) : Buffer.of();
  if (strictDecoder(name)(bytes) === mark) return bytes;
  throw new SyncError('source.encoding', { message: `${name} has no bytes for ${JSON.stringify(mark)}` });
}
