// What stands around the records of a JSON document: which containers are open, and what may come next.

import { SyncError } from '../../domain/errors.ts';
import { MAX_DEPTH } from './parse.ts';

/** What the grammar allows next. `element` and `first_element` occur in the array of records only as its elements. */
export type Expect = 'value' | 'first_element' | 'element' | 'first_key' | 'key' | 'colon' | 'comma' | 'end';

export type ContainerKind = 'object' | 'array';

interface Container {
  readonly kind: ContainerKind;
  /** Leads to the array of records, or is it. */
  readonly onPath: boolean;
}

/**
 * A pushdown automaton over tokens. The array of records is found by its path, exactly once: a second value at the same
 * path is an error, since either of them could be the one that is meant.
 */
export class JsonOutline {
  expect: Expect = 'value';
  readonly #path: readonly string[];
  readonly #open: Container[] = [];
  /** How many names of the path have been met; grows from 0 to all of them. */
  #met = 0;
  /** The value that comes next is on the path. */
  #leads = true;
  #found = false;

  constructor(path: readonly string[], insideRecords: boolean) {
    this.#path = path;
    if (!insideRecords) return;
    for (let level = 0; level < path.length; level++) this.#open.push({ kind: 'object', onPath: true });
    this.#open.push({ kind: 'array', onPath: true });
    this.#met = path.length;
    this.#found = true;
    this.#leads = false;
    this.expect = 'comma';
  }

  get expectsRecord(): boolean {
    return (this.expect === 'element' || this.expect === 'first_element') && this.#inRecords();
  }

  get ended(): boolean {
    return this.expect === 'end';
  }

  /** Nothing of the document has been read. */
  get isUntouched(): boolean {
    return this.expect === 'value' && this.#open.length === 0;
  }

  /** The array of records has been met. */
  get found(): boolean {
    return this.#found;
  }

  openContainer(kind: ContainerKind): void {
    const onPath = this.#leads;
    if (onPath) this.#checkKind(kind);
    this.#leads = false;
    this.#open.push({ kind, onPath });
    if (this.#open.length > MAX_DEPTH) {
      throw new SyncError('source.limit', { message: `the document is nested deeper than ${MAX_DEPTH} levels` });
    }
    this.expect = kind === 'object' ? 'first_key' : 'first_element';
  }

  /** Returns false when no such container is open. */
  closeContainer(kind: ContainerKind): boolean {
    if (this.#open.at(-1)?.kind !== kind) return false;
    this.#open.pop();
    this.#afterValue();
    return true;
  }

  readKey(name: string): void {
    const level = this.#open.length - 1;
    if (this.#open[level]?.onPath === true && name === this.#path[level]) {
      if (this.#met > level) {
        throw new SyncError('source.malformed', { message: `"${this.#pathTo(level)}" occurs twice in the document` });
      }
      this.#met = level + 1;
      this.#leads = true;
    }
    this.expect = 'colon';
  }

  readColon(): void {
    this.expect = 'value';
  }

  readComma(): void {
    this.expect = this.#open.at(-1)?.kind === 'object' ? 'key' : 'element';
  }

  readScalar(): void {
    if (this.#leads) this.#refuseValue();
    this.#afterValue();
  }

  readRecord(): void {
    this.expect = 'comma';
  }

  #inRecords(): boolean {
    return this.#found && this.#open.length === this.#path.length + 1 && this.#open.at(-1)?.onPath === true;
  }

  #afterValue(): void {
    this.expect = this.#open.length === 0 ? 'end' : 'comma';
  }

  #checkKind(kind: ContainerKind): void {
    const isRecords = this.#open.length === this.#path.length;
    if (isRecords !== (kind === 'array')) this.#refuseValue();
    if (isRecords) this.#found = true;
  }

  #refuseValue(): never {
    const level = this.#open.length;
    const what = level === this.#path.length ? 'an array of records' : 'an object';
    const where = level === 0 ? 'the document' : `"${this.#pathTo(level - 1)}"`;
    throw new SyncError('source.malformed', { message: `${where} is not ${what}` });
  }

  #pathTo(level: number): string {
    return this.#path.slice(0, level + 1).join('.');
  }
}
