// Node decodes GB18030 but cannot encode it, so the encoder is the decoder turned round.

const decoder = new TextDecoder('gb18030', { fatal: true });
let table: ReadonlyMap<number, number> | null = null;

/** Encodes as GB18030: one, two or four bytes a character. */
export function encodeGb18030(text: string): Uint8Array {
  table ??= buildTable();
  const bytes: number[] = [];
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    const pair = table.get(code);
    if (code < 0x80) bytes.push(code);
    else if (pair !== undefined) bytes.push(pair >> 8, pair & 0xff);
    else bytes.push(...fourBytes(code));
  }
  return Uint8Array.from(bytes);
}

/** All two-byte sequences: lead 0x81-0xFE, trail 0x40-0xFE but 0x7F. */
function buildTable(): Map<number, number> {
  const found = new Map<number, number>();
  for (let lead = 0x81; lead <= 0xfe; lead += 1) {
    for (let trail = 0x40; trail <= 0xfe; trail += 1) {
      const code = decodeOne([lead, trail]);
      if (code !== null && !found.has(code)) found.set(code, (lead << 8) | trail);
    }
  }
  return found;
}

/** Above U+FFFF the four bytes count up evenly from 0x90308130; below, the sequence is searched for. */
function fourBytes(code: number): number[] {
  if (code > 0xffff) return spread(code - 0x1_0000, 0x90);
  for (let linear = 0; linear < 39_420; linear += 1) {
    const bytes = spread(linear, 0x81);
    if (decodeOne(bytes) === code) return bytes;
  }
  throw new RangeError(`U+${code.toString(16)} has no GB18030 code`);
}

function spread(linear: number, lead: number): number[] {
  return [
    lead + Math.floor(linear / 12_600),
    0x30 + (Math.floor(linear / 1260) % 10),
    0x81 + (Math.floor(linear / 10) % 126),
    0x30 + (linear % 10),
  ];
}

function decodeOne(bytes: readonly number[]): number | null {
  try {
    const text = decoder.decode(Uint8Array.from(bytes));
    const code = text.codePointAt(0);
    return code !== undefined && String.fromCodePoint(code) === text ? code : null;
  } catch {
    return null;
  }
}
