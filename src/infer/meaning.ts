// What a name means: `cust_no` and 客户编号 are both the id of a customer.

import { ATTRIBUTES, ENTITIES, NEAR, SHORT, type Word } from './vocabulary.ts';

export interface Meaning {
  /** The thing that is spoken of; null where the name does not say. */
  readonly entity: string | null;
  /** What is said about it; null where the name only names the thing, or is not understood. */
  readonly attribute: string | null;
  /** The words that the vocabulary does not have, of Chinese the characters: `billing` in `billing_address`. */
  readonly others: readonly string[];
}

interface Phrase {
  readonly id: string;
  readonly kind: 'entity' | 'attribute';
  /** Words of English, characters of Chinese. */
  readonly parts: readonly string[];
  readonly rank: number;
}

const PHRASES: readonly Phrase[] = [...phrasesOf('entity', ENTITIES), ...phrasesOf('attribute', ATTRIBUTES)].toSorted(
  (a, b) => b.parts.length - a.parts.length,
);

/** Understands a name, in English or Chinese, in whatever case and however joined. */
export function meaningOf(name: string): Meaning {
  const parts = split(name);
  const found: Phrase[] = [];
  const others: string[] = [];
  for (let at = 0; at < parts.length;) {
    const here = PHRASES.filter((phrase) => phrase.parts.every((part, offset) => parts[at + offset] === part));
    const longest = here.filter(({ parts: { length } }) => length === here[0]?.parts.length);
    found.push(...longest);
    if (longest.length === 0) others.push(parts[at] ?? '');
    at += here[0]?.parts.length ?? 1;
  }
  const attributes = found.filter(({ kind }) => kind === 'attribute').toSorted((a, b) => a.rank - b.rank);
  const entity = found.find(({ kind }) => kind === 'entity')?.id ?? null;
  const attribute = attributes[0]?.id ?? null;
  return { entity, attribute, others };
}

/** How near two attributes are: 1 the same, 0 different. */
export function nearness(a: string, b: string): number {
  if (a === b) return 1;
  return NEAR.find(([x, y]) => (x === a && y === b) || (x === b && y === a))?.[2] ?? 0;
}

/** `CustomerNo`, `cust-no`, `客户No.` as `customer no`, `customer no`, `客 户 no`. */
function split(name: string): readonly string[] {
  const spaced = name
    .normalize('NFKC')
    .replace(/([a-z\d])([A-Z])/g, '$1 $2')
    .replace(/\p{Script=Han}/gu, ' $& ')
    .toLowerCase()
    .replaceAll('#', ' no ')
    .replace(/(?<=[a-z])\d+$/, '');
  return spaced.split(/[^\p{L}\p{N}]+/u).flatMap((part) => (part === '' ? [] : [singular(SHORT.get(part) ?? part)]));
}

function singular(word: string): string {
  return word.length > 3 && /[^su]s$/.test(word) ? word.slice(0, -1) : word;
}

function phrasesOf(kind: Phrase['kind'], words: readonly Word[]): readonly Phrase[] {
  return words.flatMap(({ id, en, zh }, rank) =>
    [...en, ...zh].map((text) => ({ id, kind, rank, parts: split(text) })),
  );
}
