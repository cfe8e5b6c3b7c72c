// One YAML file: its data as written, and where each part of it stands.

import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
  type Alias,
  type Document,
  type Node,
  type Pair,
  type Scalar,
  type YAMLMap,
} from 'yaml';

import { maskSecrets, pathText, type Path, type Problem } from './problems.ts';

/** JSON-safe data of a YAML file. A number that JavaScript would print differently (`007`, `1.10`) stays text. */
export type Plain = string | number | boolean | null | readonly Plain[] | PlainMap;

export interface PlainMap {
  readonly [key: string]: Plain;
}

interface Place {
  readonly key: number | null;
  readonly value: number;
}

/** Extra facts of a problem; `key` points at the key instead of at its value. */
export interface ProblemInit {
  readonly at?: 'key' | 'value';
  readonly suggestion?: string | undefined;
}

const MAX_ALIASES = 100;
const MAX_BYTES = 4 * 1024 * 1024;
const REFUSED_KEYS: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);

/** A parsed file. `data` is undefined when the text is not YAML; `problems` says why, and lists doubtful keys too. */
export class YamlFile {
  readonly file: string;
  readonly problems: Problem[] = [];
  readonly data: Plain | undefined;
  readonly #lines: readonly string[];
  readonly #places = new Map<string, Place>();
  readonly #lineCounter = new LineCounter();
  #aliases = 0;

  constructor(file: string, bytes: Uint8Array) {
    this.file = file;
    const text = bytes.byteLength > MAX_BYTES ? undefined : decode(bytes);
    this.#lines = text?.split(/\r\n|\r|\n/) ?? [];
    const expected = bytes.byteLength > MAX_BYTES ? 'a file of at most 4 MB' : 'text in UTF-8';
    this.data = text === undefined ? this.#refuse(`expected ${expected}`) : this.#parse(text);
  }

  /** A problem at a path of this file, or at the nearest part around it that exists. */
  problem(path: Path, message: string, init: ProblemInit = {}): Problem {
    return this.#problem(this.#offset(path, init.at ?? 'value'), { path, message, suggestion: init.suggestion });
  }

  /** The value at a path, undefined when there is none. */
  at(path: Path): Plain | undefined {
    return path.reduce<Plain | undefined>((value, step) => child(value, step), this.data);
  }

  /** The keys of the map at a path; none when there is no map. */
  keys(path: Path): readonly string[] {
    const value = this.at(path);
    return isPlainMap(value) ? Object.keys(value) : [];
  }

  #parse(text: string): Plain | undefined {
    const document = parseText(text, this.#lineCounter);
    if (document === undefined) return this.#refuse('expected YAML; found something nested too deeply');
    const { errors, warnings, contents } = document;
    for (const error of [...errors, ...warnings]) {
      const problem = this.#problem(error.pos[0], { path: [], message: sentence(error.message) });
      // What a parser says next about the same line follows from the first.
      if (!this.problems.some(({ line }) => line === problem.line)) this.problems.push(problem);
    }
    if (this.problems.length > 0) return undefined;
    if (contents === null || (isScalar(contents) && contents.value === null)) {
      return this.#refuse('expected a map; the file is empty');
    }
    return this.#read(contents, { path: [], document, ancestors: [] });
  }

  #read(node: Node | null, context: Context): Plain {
    if (isScalar(node)) return scalar(node);
    if (isAlias(node)) return this.#readAlias(node, context);
    const inside = { ...context, ancestors: node === null ? context.ancestors : [...context.ancestors, node] };
    if (isMap<Node, Node | null>(node)) return this.#readMap(node, inside);
    if (!isSeq<Node | null>(node)) return null;
    return node.items.map((item, index) => {
      const path = [...context.path, index];
      this.#place(path, { key: null, value: start(item) ?? start(node) ?? 0 });
      return this.#read(item, { ...inside, path });
    });
  }

  #readAlias(alias: Alias, context: Context): Plain {
    const target = alias.resolve(context.document);
    this.#aliases += 1;
    const wrong =
      this.#aliases > MAX_ALIASES
        ? `expected at most ${MAX_ALIASES} aliases; found more`
        : target === undefined
          ? `expected the name of an anchor before it; found \`${alias.source}\``
          : context.ancestors.includes(target)
            ? `expected an alias to something else; \`${alias.source}\` contains itself`
            : undefined;
    if (target !== undefined && wrong === undefined) return this.#read(target, context);
    if (wrong !== undefined && this.#aliases <= MAX_ALIASES + 1) this.problems.push(this.problem(context.path, wrong));
    return null;
  }

  #readMap(map: YAMLMap<Node, Node | null>, context: Context): Plain {
    const data: Record<string, Plain> = {};
    for (const pair of map.items) {
      const name = this.#readKey(pair, { data, context });
      if (name === undefined) continue;
      const path = [...context.path, name];
      const key = start(pair.key) ?? 0;
      this.#place(path, { key, value: start(pair.value) ?? key });
      data[name] = this.#read(pair.value, { ...context, path });
    }
    return data;
  }

  #readKey(pair: Pair<Node, Node | null>, into: { data: PlainMap; context: Context }): string | undefined {
    const name = isScalar(pair.key) ? keyText(pair.key) : undefined;
    const path = [...into.context.path, name ?? '?'];
    const message =
      name === undefined
        ? 'expected a plain key; found a list, a map or an alias'
        : REFUSED_KEYS.has(name)
          ? `expected another name; \`${name}\` cannot be a key`
          : Object.hasOwn(into.data, name)
            ? `expected each key once; found \`${name}\` again`
            : undefined;
    if (message === undefined) return name;
    this.problems.push(this.#problem(start(pair.key) ?? 0, { path, message }));
    return undefined;
  }

  #refuse(message: string): undefined {
    this.problems.push(this.#problem(0, { path: [], message }));
    return undefined;
  }

  #place(path: Path, place: Place): void {
    this.#places.set(JSON.stringify(path), place);
  }

  #offset(path: Path, at: 'key' | 'value'): number {
    for (let length = path.length; length > 0; length -= 1) {
      const found = path.slice(0, length);
      const place = this.#places.get(JSON.stringify(found));
      if (place === undefined) continue;
      // What is missing has no place of its own: the key of the collection that it is missing from says most.
      const missing = length < path.length && typeof this.at(found) === 'object';
      return at === 'key' || missing ? (place.key ?? place.value) : place.value;
    }
    return 0;
  }

  #problem(
    offset: number,
    what: { readonly path: Path; readonly message: string; readonly suggestion?: string | undefined },
  ): Problem {
    const found = this.#lineCounter.linePos(offset);
    const line = Math.max(found.line, 1);
    const suggestion = what.suggestion === undefined ? {} : { suggestion: what.suggestion };
    return {
      file: this.file,
      line,
      column: Math.max(found.col, 1),
      path: pathText(what.path),
      message: what.message,
      ...suggestion,
      excerpt: maskSecrets(this.#lines[line - 1] ?? ''),
    };
  }
}

interface Context {
  readonly path: Path;
  readonly document: Document;
  /** The collections around the node: an alias to one of them would never end. */
  readonly ancestors: readonly Node[];
}

export function isPlainMap(value: unknown): value is PlainMap {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function child(value: Plain | undefined, step: string | number): Plain | undefined {
  if (typeof step === 'number') return Array.isArray(value) ? (value as readonly Plain[])[step] : undefined;
  return isPlainMap(value) && Object.hasOwn(value, step) ? value[step] : undefined;
}

function decode(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

function parseText(text: string, lineCounter: LineCounter): Document | undefined {
  try {
    return parseDocument(text, {
      lineCounter,
      prettyErrors: false,
      uniqueKeys: false,
      schema: 'core',
      resolveKnownTags: false,
    });
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

function scalar(node: Scalar): Plain {
  const { value, source } = node;
  if (typeof value === 'number') return source === undefined || String(value) === source ? value : source;
  return typeof value === 'string' || typeof value === 'boolean' ? value : null;
}

/** Keys are text as written: `007: x` is the key `007`. */
function keyText(key: Scalar): string {
  return typeof key.value === 'string' ? key.value : (key.source ?? '');
}

function start(node: Node | null | undefined): number | undefined {
  return node?.range?.[0];
}

function sentence(message: string): string {
  return `expected valid YAML; found: ${message.charAt(0).toLowerCase()}${message.slice(1).replace(/; please .*|\.$/, '')}`;
}
