// What a position in an XML stream carries: the elements that are open there.

import { readContext } from '../context.ts';
import type { XmlVersion } from './well-formed.ts';

/** An open element: its name, then its namespace declarations as written in a start tag. */
export type OpenElement = readonly [name: string, ...declarations: string[]];

export interface XmlContext {
  /** As the document declares it. */
  readonly version: XmlVersion;
  readonly open: readonly OpenElement[];
}

export const OUTSIDE: XmlContext = { version: null, open: [] };

export function xmlContext(context: unknown): XmlContext | null {
  return readContext(context, (value): value is XmlContext => 'open' in value && Array.isArray(value.open));
}

/** The namespace declarations in force, by attribute name; an inner one replaces an outer one. */
export function declarationsOf(context: XmlContext): ReadonlyMap<string, string> {
  const byName = new Map<string, string>();
  for (const [, ...declarations] of context.open) {
    for (const declaration of declarations) byName.set(declaration.slice(0, declaration.indexOf('=')), declaration);
  }
  return byName;
}

/** Start tag of an element that stands for all those around the records; `</_>` ends it. */
export function surroundingTag(context: XmlContext): string {
  return `<_ ${[...declarationsOf(context).values()].join(' ')}>`;
}
