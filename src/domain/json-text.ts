// JSON as the value of a field: one text for everything that means the same.

const MAX_DEPTH = 64;
const MAX_EXPONENT = 400;
/** Texts first, so that digits inside of them are no numbers. */
const TEXT_OR_NUMBER = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;
// Stands before the digits of a number while JSON.parse has them. No text may hold it: PostgreSQL has no U+0000 either.
const MARK = '\u0000';

/**
 * The canonical form of a JSON text, or null when it is none: no white space, the names of objects in code unit order,
 * numbers in plain digits, all of them. Of a name that stands twice the last counts, as in PostgreSQL. Null also for more
 * than 64 levels, U+0000 in a text, and numbers with an exponent beyond ±400.
 */
export function canonicalJsonText(text: string): string | null {
  try {
    JSON.parse(text);
    return write(JSON.parse(text.replace(TEXT_OR_NUMBER, markNumber)), 0);
  } catch {
    return null;
  }
}

function markNumber(part: string): string {
  if (!part.startsWith('"')) return `"\\u0000${part}"`;
  if (part.includes('\\u0000') && String(JSON.parse(part)).includes(MARK)) throw new RangeError('U+0000 in a text');
  return part;
}

/** Throws what cannot be written. */
function write(value: unknown, depth: number): string {
  if (depth > MAX_DEPTH) throw new RangeError('nested too deeply');
  if (typeof value === 'string' && value.startsWith(MARK)) return plainNumber(value.slice(1));
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map((item) => write(item, depth + 1)).join(',')}]`;
  const properties = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return `{${properties.map(([name, inner]) => `${JSON.stringify(name)}:${write(inner, depth + 1)}`).join(',')}}`;
}

/** `1.50e3` as `1500`, `-0` as `0`. */
function plainNumber(text: string): string {
  const [, sign = '', whole = '', fraction = '', exponent = '0'] =
    /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(text) ?? [];
  const shift = Number(exponent);
  if (Math.abs(shift) > MAX_EXPONENT) throw new RangeError('too large a number');
  const digits = `${'0'.repeat(Math.max(0, -shift - whole.length + 1))}${whole}${fraction}${'0'.repeat(Math.max(0, shift - fraction.length))}`;
  const point = Math.max(whole.length + shift, 1);
  const left = digits.slice(0, point).replace(/^0+(?=\d)/, '');
  const right = digits.slice(point).replace(/0+$/, '');
  const plain = right === '' ? left : `${left}.${right}`;
  return plain === '0' ? plain : `${sign}${plain}`;
}
