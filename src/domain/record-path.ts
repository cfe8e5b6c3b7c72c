// Paths to the records of a JSON document: `data.customers`, `pages[].items`, `"odata.value"`.

/** A property's name, or `each`: every element of the array. */
export type RecordStep = { readonly name: string } | 'each';

// A name in quotes (a quote inside is written twice), `[]`, or a plain name; as in the paths of a mapping.
const STEP = /"((?:[^"]|"")*)"|(\[\])|([^."[\]][^.[\]]*)/y;

/**
 * The steps from the document to what holds the records, which is an array, or an object that is the only record. A `[]`
 * at the very end may be left out, for the records are its elements anyway: `a.b` is `a.b[]`. Null when it is no path.
 */
export function parseRecordPath(path: string): readonly RecordStep[] | null {
  const steps: RecordStep[] = [];
  for (let at = 0; at < path.length;) {
    const dot = steps.length > 0 && path[at] === '.';
    const start = dot ? at + 1 : at;
    STEP.lastIndex = start;
    const match = STEP.exec(path);
    if (match === null) return null;
    const [whole, quoted, each, plain = ''] = match;
    // A dot stands before every name but the first, and before no `[]`.
    if (dot !== (each === undefined && steps.length > 0)) return null;
    steps.push(each === undefined ? { name: quoted?.replaceAll('""', '"') ?? plain } : 'each');
    at = start + whole.length;
  }
  if (steps.at(-1) === 'each') steps.pop();
  return steps;
}
