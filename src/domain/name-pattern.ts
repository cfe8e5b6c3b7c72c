// Patterns of file names: `*` and `?` within a name, `{date:yyyyMMdd}` for a date, folders separated by `/`.

/** The parts of a date that a name holds, as digits. */
export type DateParts = { readonly [Part in DatePart]?: string };

type DatePart = (typeof PARTS)[number];

const PARTS = ['yyyy', 'MM', 'dd', 'HH', 'mm', 'ss'] as const;
const PLACEHOLDER = /\{date:([^{}]*)\}/g;

/** What one character of a name has to be. */
type Wanted = { readonly any: '*' | '?' } | { readonly char: string } | { readonly digitOf: DatePart };

export interface NamePattern {
  /** Stands for more than one name. */
  readonly isWildcard: boolean;
  /** The date in a name that matches; empty where the pattern has none; null when the name does not match. */
  match(name: string): DateParts | null;
}

/** What is wrong with a pattern, or null. */
export function namePatternProblem(pattern: string): string | null {
  const dates = [...pattern.matchAll(PLACEHOLDER)].map(([, format = '']) => format);
  if (/[{}]/.test(pattern.replace(PLACEHOLDER, ''))) return 'expected {date:yyyyMMdd} where the pattern has braces';
  if (dates.length === 0) return null;
  if (dates.some((format) => /[A-SU-Za-z/]/.test(format.replace(/yyyy|MM|dd|HH|mm|ss/g, '')))) {
    return 'expected yyyy, MM, dd, HH, mm, ss in {date:…}';
  }
  return dates.some((format) => format.includes('yyyy')) ? null : 'expected yyyy in {date:…}';
}

/**
 * Compiles the pattern of one name, without folders. Hidden files (editors and copy tools make them) match only a pattern
 * that begins with a dot. Matching is linear in time but for the last `*`, so that no pattern can hang.
 */
export function compileName(pattern: string): NamePattern {
  const wanted = [...pattern.split(PLACEHOLDER).entries()].flatMap(([index, text]) =>
    index % 2 === 0 ? Array.from(text, wantedChar) : wantedDate(text),
  );
  return {
    isWildcard: wanted.some((one) => !('char' in one)),
    match: (name) => {
      if (name.startsWith('.') && !pattern.startsWith('.')) return null;
      const parts = align(Array.from(name), wanted);
      return parts !== null && isDate(parts) ? parts : null;
    },
  };
}

/** Digits that sort as the dates do, for names of one pattern. */
export function dateOrder(parts: DateParts): string {
  return PARTS.map((part) => parts[part] ?? '00').join('');
}

function wantedChar(char: string): Wanted {
  return char === '*' || char === '?' ? { any: char } : { char };
}

function wantedDate(format: string): readonly Wanted[] {
  return format.split(/(yyyy|MM|dd|HH|mm|ss)/).flatMap((text): readonly Wanted[] => {
    const part = PARTS.find((name) => name === text);
    return part === undefined ? Array.from(text, (char) => ({ char })) : Array.from(part, () => ({ digitOf: part }));
  });
}

function align(chars: readonly string[], wanted: readonly Wanted[]): DateParts | null {
  // Where each wanted character was found last: what a `*` takes back is found anew.
  const found: string[] = [];
  let at = 0;
  let star = -1;
  let starAt = 0;
  for (let index = 0; index < chars.length;) {
    const want = wanted[at];
    const char = chars[index] ?? '';
    if (want !== undefined && 'any' in want && want.any === '*') {
      star = at++;
      starAt = index;
    } else if (want !== undefined && fits(char, want)) {
      found[at++] = char;
      index++;
    } else if (star >= 0) {
      at = star + 1;
      index = ++starAt;
    } else {
      return null;
    }
  }
  if (!wanted.slice(at).every((want) => 'any' in want && want.any === '*')) return null;
  const parts: { -readonly [Part in DatePart]?: string } = {};
  wanted.forEach((want, index) => {
    if ('digitOf' in want)
      parts[want.digitOf] = ((parts[want.digitOf] ?? '') + (found[index] ?? '')).slice(-want.digitOf.length);
  });
  return parts;
}

function fits(char: string, want: Wanted): boolean {
  if ('any' in want) return true;
  return 'char' in want ? char === want.char : char >= '0' && char <= '9';
}

/** Without a day or a month the first one counts. */
function isDate({ yyyy = '2000', MM = '01', dd = '01', HH = '00', mm = '00', ss = '00' }: DateParts): boolean {
  const date = new Date(`${yyyy}-${MM}-${dd}T${HH}:${mm}:${ss}Z`);
  return !Number.isNaN(date.getTime()) && date.getUTCDate() === Number(dd);
}
