// UTF-16 as UTF-8, piece by piece, so that nothing is lost: every piece of UTF-8 says how long it was in UTF-16.
//
// A half of a surrogate pair without the other becomes the three bytes that its code point would have, and an odd last
// byte becomes 0xFF. Neither is valid UTF-8, so that strict decoding refuses the record that holds them.

const LONE_HALF = /(\p{Surrogate})/u;
const ODD = Buffer.of(0xff);

export class Utf16Decoder {
  readonly #bigEndian: boolean;
  #rest = Buffer.alloc(0);

  constructor(bigEndian: boolean) {
    this.#bigEndian = bigEndian;
  }

  /** The UTF-8 of what has come, but for a character that is not whole yet. */
  push(chunk: Uint8Array): Buffer {
    const bytes = Buffer.concat([this.#rest, chunk]);
    const even = bytes.length - (bytes.length % 2);
    const high = bytes[this.#bigEndian ? even - 2 : even - 1] ?? 0;
    // The first half of a pair waits for the second.
    const end = high >= 0xd8 && high < 0xdc ? even - 2 : even;
    this.#rest = bytes.subarray(end);
    return this.#decode(bytes.subarray(0, end));
  }

  /** What is left at the end of the stream. */
  finish(): Buffer {
    const odd = this.#rest.length % 2;
    const text = this.#decode(this.#rest.subarray(0, this.#rest.length - odd));
    return odd === 1 ? Buffer.concat([text, ODD]) : text;
  }

  /** Whole characters; the bytes are changed. */
  #decode(bytes: Buffer): Buffer {
    const text = (this.#bigEndian ? bytes.swap16() : bytes).toString('utf16le');
    if (!LONE_HALF.test(text)) return Buffer.from(text);
    return Buffer.concat(
      text
        .split(LONE_HALF)
        .map((part, index) => (index % 2 === 1 ? encodeHalf(part.charCodeAt(0)) : Buffer.from(part))),
    );
  }
}

/** Bytes of UTF-16 that stand behind these bytes of UTF-8, which begin and end between two characters. */
export function utf16Length(bytes: Uint8Array, from: number, to: number): number {
  let units = 0;
  for (let index = from; index < to; index++) {
    const byte = bytes[index] ?? 0;
    // Not a second, third or fourth byte; four bytes are a pair.
    if ((byte & 0xc0) !== 0x80) units += byte >= 0xf0 ? 2 : 1;
  }
  return 2 * units;
}

function encodeHalf(code: number): Buffer {
  return Buffer.of(0xe0 | (code >> 12), 0x80 | ((code >> 6) & 0x3f), 0x80 | (code & 0x3f));
}
