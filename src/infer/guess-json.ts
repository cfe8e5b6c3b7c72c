// Where the records of a JSON document are: the array of objects that takes up most of it.

export interface RecordsGuess {
  /** As `record` is written; empty for the document itself. */
  readonly path: string;
  /** Elements that begin in the text. */
  readonly count: number;
}

interface Container {
  readonly kind: '{' | '[';
  /** Names from the root; null inside an array, where no path leads. */
  readonly path: readonly string[] | null;
  readonly start: number;
  key: string | null;
  objects: number;
}

interface Candidate extends RecordsGuess {
  readonly span: number;
}

// Strings, then what opens, closes and separates. Numbers and words say nothing here.
const TOKEN = /"((?:[^"\\]|\\.)*)"|[{}[\]:,]/gs;

/** Null when there is no array of objects that a path leads to. The text may end anywhere. */
export function guessJsonRecords(text: string): RecordsGuess | null {
  const candidates: Candidate[] = [];
  const open: Container[] = [];
  let lastString: string | null = null;
  for (const { 0: token, 1: string, index } of text.matchAll(TOKEN)) {
    const top = open.at(-1);
    if (string !== undefined) lastString = string;
    else if (token === ':') {
      if (top !== undefined) top.key = lastString;
    } else if (token === '{' || token === '[') {
      if (token === '{' && top?.kind === '[') top.objects++;
      open.push({ kind: token, path: pathInside(top), start: index, key: null, objects: 0 });
    } else if (token === '}' || token === ']') candidates.push(...candidateOf(open.pop(), index));
  }
  for (const container of open) candidates.push(...candidateOf(container, text.length));
  const [best] = candidates.toSorted((a, b) => b.span - a.span);
  return best === undefined ? null : { path: best.path, count: best.count };
}

/** One object a line, rather than one document. Of a single line only its file's name can say. */
export function looksLikeNdjson(text: string, named: boolean): boolean {
  const [first = '', second] = text.split(/\r?\n/, 50).filter((line) => line.trim() !== '');
  return isObject(first) && (second === undefined ? named : second.trimStart().startsWith('{'));
}

function isObject(line: string): boolean {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}

function pathInside(top: Container | undefined): readonly string[] | null {
  if (top === undefined) return [];
  if (top.kind === '[' || top.path === null || top.key === null || /[.\\]/.test(top.key)) return null;
  return [...top.path, top.key];
}

function candidateOf(container: Container | undefined, end: number): readonly Candidate[] {
  if (container === undefined || container.kind === '{' || container.path === null || container.objects === 0)
    return [];
  return [{ path: container.path.join('.'), count: container.objects, span: end - container.start }];
}
