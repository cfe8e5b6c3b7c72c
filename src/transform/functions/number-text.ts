// Numbers as people and programs write them. Shared by `decimal` and `integer`.

import { z } from 'zod';

import { invalid } from '../../expressions/invalid.ts';
import { parseArgs } from './function.ts';

export interface NumberStyle {
  readonly group: string;
  readonly point: string;
}

export type NumberText =
  { readonly whole: string; readonly fraction: string; readonly negative: boolean } | { readonly error: string };

const sign = z.string().max(1, { error: 'expected one character' });
const schema = z
  .strictObject({ group: sign.optional(), point: sign.min(1, { error: 'expected one character' }).optional() })
  .nullable();

// Spaces between groups of digits come in several widths; each stands for the others.
const SPACES = /[\u00a0\u2009\u202f\u3000]/g;
const CURRENCY = /^(?:\p{Sc}|元)|(?:\p{Sc}|元)$/gu;

/** `{ group: ".", point: "," }`; without arguments `1,234.50`. `group: ""`: no separators are allowed. */
export function parseNumberStyle(name: string, args: unknown): NumberStyle {
  const parsed = parseArgs(name, schema, args ?? null);
  const point = parsed?.point ?? '.';
  const group = parsed?.group ?? (point === ',' ? '.' : ',');
  if (point === group) throw invalid(`${name}: group and point are the same character`);
  if (/[\d+-]/.test(point + group)) throw invalid(`${name}: group and point must not be digits or signs`);
  return { group, point };
}

/** Takes a number apart. Its sign may stand before or after it, as SAP writes it; one currency sign too. */
export function readNumber(text: string, { group, point }: NumberStyle): NumberText {
  const plain = text.replace(SPACES, ' ').replaceAll('\u2212', '-').trim();
  if (/^[+-]?\d+([.,]\d+)?e[+-]?\d+$/i.test(plain))
    return { error: 'is in scientific notation, which loses digits; re-export it as text' };
  const parts = /^(-|\+)?(.*?)(-)?$/.exec(unsigned(plain));
  const [, before, body = '', after] = parts ?? [];
  if (before !== undefined && after !== undefined) return { error: 'is not a number' };
  const digits = unsigned(body);
  const [whole = '', fraction, ...more] = digits.split(point);
  if (more.length > 0 || (fraction !== undefined && !/^\d*$/.test(fraction))) return { error: 'is not a number' };
  const ungrouped = ungroup(whole, group);
  if (typeof ungrouped === 'object') return ungrouped;
  if (ungrouped === '' && (fraction ?? '') === '') return { error: 'is not a number' };
  return {
    whole: ungrouped === '' ? '0' : ungrouped,
    fraction: fraction ?? '',
    negative: before === '-' || after === '-',
  };
}

function unsigned(text: string): string {
  return text.replace(CURRENCY, '').trim();
}

function ungroup(whole: string, group: string): string | { readonly error: string } {
  if (/^\d*$/.test(whole)) return whole;
  const groups = group === '' ? [whole] : whole.split(group);
  if (!groups.every((part) => /^\d+$/.test(part))) return { error: 'is not a number' };
  const [first = '', ...rest] = groups;
  const right = first.length <= 3 && rest.every((part) => part.length === 3);
  return right ? groups.join('') : { error: `is wrongly grouped: between two "${group}" stand three digits` };
}
