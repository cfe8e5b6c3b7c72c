// What stands around the records of a JSON document: which containers are open, and what may come next.

import { SyncError } from '../../domain/errors.ts';
import type { RecordStep } from '../../domain/record-path.ts';
import { MAX_DEPTH } from './parse.ts';

/** What the grammar allows next. `element` and `first_element` occur in the array of records only as its elements. */
export type Expect = 'value' | 'first_element' | 'element' | 'first_key' | 'key' | 'colon' | 'comma' | 'end';

export type ContainerKind = 'object' | 'array';

/** What holds the records: an array, or an object where it should be, which then is the only record. */
export type Holder = 'array' | 'object';

interface Container {
  readonly kind: ContainerKind;
  /** Leads to the records, or is their array. */
  readonly onPath: boolean;
  /** The next name of the path has been met in this object. */
  met: boolean;
}

/**
 * A pushdown automaton over tokens. What the path names has to be there, exactly once in every object on the way: a
 * second value at the same path is an error, since either of them could be the one that is meant.
 */
export class JsonOutline {
  expect: Expect = 'value';
  readonly #path: readonly RecordStep[];
  readonly #open: Container[] = [];
  /** The value that comes next is on the path. */
  #leads = true;

  /** @param inside the holder of the record that has just ended; null at the start of the document */
  constructor(path: readonly RecordStep[], inside: Holder | null) {
    this.#path = path;
    if (inside === null) return;
    for (const step of path)
      this.#open.push({ kind: step === 'each' ? 'array' : 'object', onPath: true, met: step !== 'each' });
    if (inside === 'array') this.#open.push({ kind: 'array', onPath: true, met: false });
    this.#leads = false;
    this.#afterValue();
  }

  /** What comes next, if it is no closing bracket, is an element of the array of records. */
  get expectsElement(): boolean {
    if (this.expect !== 'element' && this.expect !== 'first_element') return false;
    return this.#open.length === this.#path.length + 1 && this.#open.at(-1)?.onPath === true;
  }

  /** An object that comes next is the only record. Not where there are several holders: their number would mislead. */
  get expectsHolder(): boolean {
    if (this.expect !== 'value' || !this.#leads) return false;
    return this.#open.length === this.#path.length && !this.#path.includes('each');
  }

  get ended(): boolean {
    return this.expect === 'end';
  }

  /** Nothing of the document has been read. */
  get isUntouched(): boolean {
    return this.expect === 'value' && this.#open.length === 0;
  }

  openContainer(kind: ContainerKind): void {
    const onPath = this.#leads;
    if (onPath) this.#checkKind(kind);
    this.#open.push({ kind, onPath, met: false });
    if (this.#open.length > MAX_DEPTH) {
      throw new SyncError('source.limit', { message: `the document is nested deeper than ${MAX_DEPTH} levels` });
    }
    this.#leads = onPath && this.#path[this.#open.length - 1] === 'each';
    this.expect = kind === 'object' ? 'first_key' : 'first_element';
  }

  /** Returns false when no such container is open. */
  closeContainer(kind: ContainerKind): boolean {
    const last = this.#open.at(-1);
    if (last?.kind !== kind) return false;
    if (kind === 'object' && last.onPath && !last.met) {
      throw new SyncError('source.malformed', { message: `there is no ${this.#pathTo(this.#open.length)}` });
    }
    this.#open.pop();
    this.#afterValue();
    return true;
  }

  readKey(name: string): void {
    const level = this.#open.length - 1;
    const [last, step] = [this.#open[level], this.#path[level]];
    if (last?.onPath === true && step !== undefined && step !== 'each' && name === step.name) {
      if (last.met) {
        throw new SyncError('source.malformed', { message: `${this.#pathTo(level + 1)} occurs twice` });
      }
      last.met = true;
      this.#leads = true;
    }
    this.expect = 'colon';
  }

  readColon(): void {
    this.expect = 'value';
  }

  readComma(): void {
    const last = this.#open.at(-1);
    this.expect = last?.kind === 'object' ? 'key' : 'element';
    this.#leads = last?.onPath === true && this.#path[this.#open.length - 1] === 'each';
  }

  readScalar(): void {
    if (this.#leads) this.#refuseValue();
    this.#afterValue();
  }

  readRecord(): void {
    this.#afterValue();
  }

  #afterValue(): void {
    this.#leads = false;
    this.expect = this.#open.length === 0 ? 'end' : 'comma';
  }

  #checkKind(kind: ContainerKind): void {
    const step = this.#path[this.#open.length];
    if ((step === undefined || step === 'each') !== (kind === 'array')) this.#refuseValue();
  }

  #refuseValue(): never {
    const level = this.#open.length;
    const step = this.#path[level];
    const what = step === undefined ? 'an array of records' : step === 'each' ? 'an array' : 'an object';
    throw new SyncError('source.malformed', { message: `${this.#pathTo(level)} is not ${what}` });
  }

  /** The first steps of the path, for people. */
  #pathTo(steps: number): string {
    if (steps === 0) return 'the document';
    const written = this.#path.slice(0, steps).map((step) => (step === 'each' ? '[]' : `.${step.name}`));
    return `"${written.join('').replace(/^\./, '')}" in the document`;
  }
}
