// Encodings: finding out which one a file has, and decoding records strictly.

import iconv from 'iconv-lite';
import { encodingName } from '../domain/encoding-names.ts';
import { SyncError } from '../domain/errors.ts';

export interface DetectedEncoding {
  /** The standard's name: `utf-8`, `gb18030`, … */
  readonly encoding: string;
  /** `set` by the stream, found as a byte order `mark` or `declaration`, or a `guess`. */
  readonly by: 'set' | 'mark' | 'declaration' | 'guess';
}

/**
 * What a framer has to know of a double-byte encoding, since it works on bytes: the second byte of a character may be
 * any of 0x40-0x7E (and, in GB18030, a digit as the second or fourth byte). So the bytes below 0x30 and 0x3A-0x3F are
 * always themselves: LF, CR, quotes, `,` `;` `<` `>` `&` `/` `=` `!` `?` `-` and tab. `\` `]` `|` are not.
 */
export interface DoubleBytes {
  /** Whether a character of two bytes begins with this byte. */
  isLead(byte: number): boolean;
  /** Whether the byte at `index`, itself below 0x80, is the second half of a character; `from` is between two. */
  isSecondHalf(bytes: Uint8Array, index: number, from: number): boolean;
}

const DOUBLE: ReadonlyMap<string, DoubleBytes> = new Map([
  ['gb18030', doubleBytesOf((byte) => byte > 0x80 && byte < 0xff)],
  ['big5', doubleBytesOf((byte) => byte > 0x80 && byte < 0xff)],
  ['euc-kr', doubleBytesOf((byte) => byte > 0x80 && byte < 0xff)],
  // Between the two ranges are katakana of one byte.
  ['shift_jis', doubleBytesOf((byte) => (byte > 0x80 && byte < 0xa0) || (byte >= 0xe0 && byte <= 0xfc))],
]);
/** Bytes of a file that are enough to detect its encoding. */
export const PREFIX_BYTES = 65_536;

/**
 * Finds the encoding: the stream's own setting, else a byte order mark, else the zeros of UTF-16, else an XML
 * declaration, else strict UTF-8, else GB18030 (of which GBK and GB2312 are parts). A mark also says which way round the
 * bytes are where the setting is no more than `utf-16`.
 *
 * The prefix may end in the middle of a character. UTF-8 text with a few damaged bytes is still called UTF-8, so that
 * the damaged records are reported rather than the whole file misread. Throws `source.encoding`.
 */
export function detectEncoding(prefix: Uint8Array, streamEncoding: string): DetectedEncoding {
  const mark = byteOrderMark(prefix);
  const isOpen = /^(auto|utf-?16)$/i.test(streamEncoding);
  if (!isOpen) return { encoding: canonicalEncoding(streamEncoding), by: 'set' };
  if (mark !== null) return { encoding: mark, by: 'mark' };
  const zeros = utf16ByZeros(prefix);
  if (zeros !== null) return { encoding: zeros, by: 'guess' };
  if (streamEncoding !== 'auto') return { encoding: canonicalEncoding(streamEncoding), by: 'set' };
  const declared = declaredEncoding(prefix);
  if (declared !== null) return { encoding: declared, by: 'declaration' };
  if (decodes(prefix, 'utf-8') || isMostlyUtf8(prefix)) return { encoding: 'utf-8', by: 'guess' };
  if (decodes(prefix, 'gb18030')) return { encoding: 'gb18030', by: 'guess' };
  throw new SyncError('source.encoding', { message: 'the bytes are neither UTF-8 nor GB18030' });
}

/** The standard's name of an encoding that streams may be in; throws `source.encoding` for any other. */
export function canonicalEncoding(label: string): string {
  const name = encodingName(label);
  if (name !== null) return name;
  throw new SyncError('source.encoding', {
    message: `"${label}" is not an encoding that can be read; export as UTF-8`,
  });
}

/** Null where the bytes of ASCII are always themselves, as in UTF-8, as which UTF-16 is framed. `auto` counts as UTF-8: whoever reads a file resolves it first. */
export function doubleBytes(encoding: string): DoubleBytes | null {
  return DOUBLE.get(encoding === 'auto' ? 'utf-8' : canonicalEncoding(encoding)) ?? null;
}

/**
 * Makes a function that decodes a whole piece of text, or returns null when its bytes are not valid in the encoding.
 * Nothing is ever replaced by U+FFFD, and a byte order mark is kept as text. Raw records of UTF-16 are UTF-8.
 */
export function strictDecoder(encoding: string): (bytes: Uint8Array) => string | null {
  const name = encoding === 'auto' ? 'utf-8' : canonicalEncoding(encoding);
  if (BY_TABLE.has(name)) return tableDecoder(name);
  if (name.startsWith('utf-16')) return strictDecoder('utf-8');
  if (name === 'windows-1252') return decodeWindows1252;
  const decoder = new TextDecoder(name, { fatal: true, ignoreBOM: true });
  return (bytes) => {
    try {
      return decoder.decode(bytes);
    } catch {
      return null;
    }
  };
}

// Of these Node's own tables have gaps that they do not report: half of the Korean syllables become other text, Hong Kong's
// characters private ones, and U+007F becomes U+001A.
const BY_TABLE: ReadonlySet<string> = new Set(['big5', 'euc-jp', 'euc-kr', 'shift_jis']);

/** None of these encodings has bytes for U+FFFD, so that it always stands for bytes that are not valid. */
function tableDecoder(name: string): (bytes: Uint8Array) => string | null {
  return (bytes) => {
    const text = iconv.decode(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length), name, { stripBOM: false });
    return text.includes('\uFFFD') ? null : text;
  };
}

/** After a byte below 0x80, alone or a second half, begins a character: only the run of higher bytes has to be read. */
function doubleBytesOf(isLead: (byte: number) => boolean): DoubleBytes {
  return {
    isLead,
    isSecondHalf(bytes, index, from) {
      let at = index;
      while (at > from && (bytes[at - 1] ?? 0) >= 0x80) at--;
      while (at < index) at += isLead(bytes[at] ?? 0) ? 2 : 1;
      return at > index;
    },
  };
}

function byteOrderMark(prefix: Uint8Array): string | null {
  const [a, b, c] = prefix;
  if (a === 0xef && b === 0xbb && c === 0xbf) return 'utf-8';
  if (a === 0xff && b === 0xfe) return prefix[2] === 0 && prefix[3] === 0 ? refuseUtf32() : 'utf-16le';
  return a === 0xfe && b === 0xff ? 'utf-16be' : null;
}

/** UTF-16 without a mark, by the zeros beside its first two characters, which are ASCII in every format. */
function utf16ByZeros(prefix: Uint8Array): string | null {
  const zeros = Array.from(prefix.subarray(0, 4), (byte) => (byte === 0 ? 0 : 1)).join('');
  if (zeros === '0001' || zeros === '1000') return refuseUtf32();
  return zeros === '1010' ? 'utf-16le' : zeros === '0101' ? 'utf-16be' : null;
}

function refuseUtf32(): never {
  throw new SyncError('source.encoding', { message: 'UTF-32 is not supported; export as UTF-8' });
}

function declaredEncoding(prefix: Uint8Array): string | null {
  const head = Buffer.from(prefix.subarray(0, 256)).toString('latin1');
  const declaration =
    /^<\?xml[ \t\r\n][^>]*?[ \t\r\n]encoding[ \t\r\n]*=[ \t\r\n]*["']([A-Za-z][A-Za-z0-9._-]*)["']/.exec(head);
  const label = declaration?.[1];
  if (label === undefined) return null;
  const encoding = canonicalEncoding(label);
  if (!encoding.startsWith('utf-16')) return encoding;
  throw new SyncError('source.encoding', { message: `the document declares ${label}, but is not in it` });
}

function decodes(prefix: Uint8Array, encoding: string): boolean {
  try {
    new TextDecoder(encoding, { fatal: true }).decode(prefix, { stream: true });
    return true;
  } catch {
    return false;
  }
}

/** GBK text read as UTF-8 is almost nothing but errors; damaged UTF-8 text is almost nothing but characters. */
function isMostlyUtf8(prefix: Uint8Array): boolean {
  const text = new TextDecoder('utf-8').decode(prefix, { stream: true });
  const errors = text.match(/\uFFFD/g)?.length ?? 0;
  const characters = text.match(/[^\u0000-\u007F\uFFFD]/gu)?.length ?? 0;
  return characters > 4 * errors;
}

// Node 20 reads windows-1252 as ISO-8859-1, so that the euro sign and the curly quotes become control characters, and drops
// a first byte 0xFF.
const WINDOWS_1252 = '€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008DŽ\u008F\u0090‘’“”•–—˜™š›œ\u009DžŸ';

function decodeWindows1252({ buffer, byteOffset, length }: Uint8Array): string {
  const text = Buffer.from(buffer, byteOffset, length).toString('latin1');
  return text.replace(/[\u0080-\u009F]/g, (char) => WINDOWS_1252[char.charCodeAt(0) - 0x80] ?? char);
}
