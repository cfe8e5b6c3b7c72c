// What is wrong in the configuration, where, and how it is shown.

export type Path = readonly (string | number)[];

/** One mistake in one place of one file. */
export interface Problem {
  /** Relative to the project folder, with `/`. */
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** From 1, in UTF-16 units as editors count them. */
  readonly column: number;
  /** `objects.account.fields.name.type`, `check[2].cel`; empty for the whole file. */
  readonly path: string;
  /** What was expected and what was found. */
  readonly message: string;
  /** The name that was probably meant. */
  readonly suggestion?: string;
  /** The line as it stands in the file, passwords masked. */
  readonly excerpt: string;
}

/** A mistake by its path in the YAML as written, before it is located: what checks of other folders answer. */
export interface PathProblem {
  readonly path: Path;
  readonly message: string;
  readonly suggestion?: string;
}

/**
 * The problems for a terminal, one after the other: `file:line:column  message`, the source line, a caret.
 * Ends without a line break.
 */
export function formatProblems(problems: readonly Problem[], options: { readonly colour: boolean }): string {
  const paint = options.colour ? ansi : (text: string): string => text;
  return problems.map((problem) => formatProblem(problem, paint)).join('\n\n');
}

type Style = 'bold' | 'red' | 'dim';

function formatProblem(problem: Problem, paint: (text: string, style: Style) => string): string {
  const place = paint(`${problem.file}:${problem.line}:${problem.column}`, 'bold');
  const hint = problem.suggestion === undefined ? '' : ` (did you mean \`${problem.suggestion}\`?)`;
  const head = `${place}  ${problem.message}${hint}`;
  if (problem.excerpt.trim() === '') return head;
  const number = String(problem.line).padStart(5);
  const source = `${paint(`${number} |`, 'dim')} ${problem.excerpt}`;
  const indent = blank(problem.excerpt.slice(0, problem.column - 1));
  return `${head}\n${source}\n${paint(`${' '.repeat(number.length)} |`, 'dim')} ${indent}${paint('^', 'red')}`;
}

/** Space as wide as the text on a terminal, where East Asian characters take two columns. */
function blank(text: string): string {
  return text.replace(/[^\t]/gu, (character) =>
    /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{20000}-\u{3fffd}]/u.test(
      character,
    )
      ? '  '
      : ' ',
  );
}

function ansi(text: string, style: Style): string {
  const code = { bold: '1', red: '31', dim: '2' }[style];
  return `\u001b[${code}m${text}\u001b[0m`;
}

/** `['check', 2, 'cel']` as `check[2].cel`. */
export function pathText(path: Path): string {
  return path.map((step, index) => (typeof step === 'number' ? `[${step}]` : index === 0 ? step : `.${step}`)).join('');
}

/** Hides passwords that somebody wrote into the file, by as many stars, so that the caret still points right. */
export function maskSecrets(line: string): string {
  return line
    .replace(/(?<=:\/\/[^\s:@/]*:)(?!\$\{)[^\s@/]+(?=@)/g, stars)
    .replace(
      /(?<=\b[\w-]*(?:password|passwd|pwd|secret|token|api_?key)["']?\s*:\s*["']?)(?!["']?\$\{)[^\s"',}]+/gi,
      stars,
    );
}

function stars(text: string): string {
  return '*'.repeat(text.length);
}

/** A value for a message: short, in backticks if it is a scalar. */
export function describeValue(value: unknown): string {
  if (value === null || value === undefined) return 'nothing';
  if (typeof value === 'object') {
    const kind = Array.isArray(value) ? 'list' : 'map';
    return Object.keys(value).length === 0 ? `an empty ${kind}` : `a ${kind}`;
  }
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return `\`${text.length > 60 ? `${text.slice(0, 60)}…` : text}\``;
}

/** `a, b or c`. */
export function joinOr(parts: readonly string[]): string {
  return parts.length < 2 ? parts.join('') : `${parts.slice(0, -1).join(', ')} or ${parts.at(-1)}`;
}
