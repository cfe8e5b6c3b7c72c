// The encoding that an XML declaration names.

import { SyncError } from '../../domain/errors.ts';
import { canonicalEncoding } from '../encodings.ts';

const MARK = '\u00EF\u00BB\u00BF';
const DECLARATION = /^<\?xml[ \t\r\n][^>]*?[ \t\r\n]encoding[ \t\r\n]*=[ \t\r\n]*["']([A-Za-z][A-Za-z0-9._-]*)["']/;

/**
 * Throws `source.encoding` when the declaration names another encoding than the one that was found. A document without a declaration is in UTF-8, or
 * says by a byte order mark what it is in: others guess, XML does not (XML 1.0, 4.3.3).
 */
export function checkDeclaration(encoding: string, prefix: Uint8Array): void {
  const head = Buffer.from(prefix.subarray(0, 256)).toString('latin1');
  const [, declared] = DECLARATION.exec(head.startsWith(MARK) ? head.slice(MARK.length) : head) ?? [];
  if (declared === undefined) {
    if (encoding === 'utf-8' || encoding.startsWith('utf-16')) return;
    throw new SyncError('source.encoding', {
      message: `the document declares no encoding and is not valid UTF-8; if it is in ${encoding}, as it may be, set \`encoding\` on the stream`,
    });
  }
  const named = canonicalEncoding(declared);
  // `UTF-16` says nothing of which way round.
  if (named === encoding || (named.startsWith('utf-16') && encoding.startsWith('utf-16'))) return;
  throw new SyncError('source.encoding', {
    message: `the document declares the encoding ${declared}, but is in ${encoding}; set \`encoding\` on the stream to the one that is right`,
  });
}
