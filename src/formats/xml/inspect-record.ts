// Judges one XML record before it is decoded, and notes what only a parser that knows namespaces can see.

import type { SaxesTagNS } from 'saxes';
import { isForbiddenName } from '../names.ts';
import { MAX_ATTRIBUTES, MAX_DEPTH } from './outline.ts';
import { judgeXml, type XmlVersion } from './well-formed.ts';

export const SCHEMA_INSTANCE = 'http://www.w3.org/2001/XMLSchema-instance';

export interface NilAttribute {
  /** As written, with its prefix. */
  readonly name: string;
  readonly isNil: boolean;
}

export type Inspection =
  /** `xsi:nil` attributes by the number of their element in document order; the record is 0. */
  | { readonly ok: true; readonly nils: ReadonlyMap<number, NilAttribute> }
  | { readonly ok: false; readonly rule: string; readonly message: string };

/** @param head start tag of an element around the record that declares the namespaces in force; `</_>` ends it */
export function inspectRecord(text: string, head: string, version: XmlVersion): Inspection {
  const inspector = new RecordInspector();
  try {
    const problem = judgeXml(`${head}${text}</_>`, version, inspector);
    return problem === null
      ? { ok: true, nils: inspector.nils }
      : { ok: false, rule: 'record.malformed', message: `not XML: ${problem}` };
  } catch (error) {
    if (error instanceof RecordProblem) return { ok: false, rule: error.rule, message: error.message };
    throw error;
  }
}

class RecordProblem extends Error {
  readonly rule: string;
  constructor(rule: string, message: string) {
    super(message);
    this.rule = rule;
  }
}

class RecordInspector {
  readonly nils = new Map<number, NilAttribute>();
  // The element around the record counts as well, hence not from 0.
  #depth = -1;
  #index = -2;

  readonly onOpen = (tag: SaxesTagNS): void => {
    this.#index++;
    if (this.#depth++ < 0) return;
    if (this.#depth > MAX_DEPTH) throw new RecordProblem('record.limit', `nested deeper than ${MAX_DEPTH} elements`);
    this.#checkName(tag.local);
    this.#checkAttributes(tag, this.#index);
  };

  readonly onClose = (): void => {
    this.#depth--;
  };

  #checkName(name: string): void {
    if (isForbiddenName(name))
      throw new RecordProblem('record.forbidden_name', `an element may not be named "${name}"`);
    // JavaScript takes it for white space, XML for a letter, and so the two parsers would not agree.
    if (name.includes('\uFEFF')) throw new RecordProblem('record.forbidden_name', 'a name contains U+FEFF');
  }

  #checkAttributes(tag: SaxesTagNS, index: number): void {
    const attributes = Object.values(tag.attributes);
    if (attributes.length > MAX_ATTRIBUTES) {
      throw new RecordProblem('record.limit', `an element has more than ${MAX_ATTRIBUTES} attributes`);
    }
    for (const { name, prefix, local, uri, value } of attributes) {
      if (name === 'xmlns' || prefix === 'xmlns') continue;
      if (name.includes('\uFEFF')) throw new RecordProblem('record.forbidden_name', 'a name contains U+FEFF');
      if (local === 'nil' && uri === SCHEMA_INSTANCE) {
        this.nils.set(index, { name, isNil: ['true', '1'].includes(value.trim()) });
      }
    }
  }
}
