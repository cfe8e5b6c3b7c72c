// Numbers as people and programs write them. Shared by `decimal` and `integer`.

import { z } from 'zod';

import { invalid } from '../../expressions/invalid.ts';
import { parseArgs } from './function.ts';

export interface NumberStyle {
  readonly group: string;
  readonly point: string;
  /** Digits in groups with an optional minus: the form of most numbers, where nothing else is to be decided. */
  readonly plain: RegExp;
}

export type NumberText =
  { readonly whole: string; readonly fraction: string; readonly negative: boolean } | { readonly error: string };

const sign = z.string().max(1, { error: 'expected one character' });
const schema = z
  .strictObject({ group: sign.optional(), point: sign.min(1, { error: 'expected one character' }).optional() })
  .nullable();

const NOT_A_NUMBER = { error: 'is not a number' };
/** Above it nothing is looked at. */
const MAX_TEXT = 1000;
// Spaces between groups of digits come in several widths; each stands for the others.
const SPACES = /[\u00a0\u2009\u202f\u3000]/g;
// Signs alone or with the letters of their country (US$, NT$), names, and the codes of ISO 4217 that are in common use.
const CODES =
  'AED|ARS|AUD|BRL|CAD|CHF|CLP|CNH|CNY|COP|CZK|DKK|EUR|GBP|HKD|HUF|IDR|ILS|INR|JPY|KRW|MOP|MXN|MYR|NOK|NZD|PHP|PLN|RMB|RON|RUB|SAR|SEK|SGD|THB|TRY|TWD|UAH|USD|VND|ZAR';
const CURRENCY = `(?:(?:${CODES})\\s*\\p{Sc}?|(?:US|HK|NT|MOP|A|C|S|CN|RMB)?\\p{Sc}|人民币|美元|欧元|港币|港元|日元|元整?|圆整?)`;
const BEFORE = new RegExp(`^${CURRENCY}\\s*`, 'iu');
const AFTER = new RegExp(`\\s*${CURRENCY}$`, 'iu');
// 12.5万 is 125000: an exact shift of the point.
const SHIFTS: Readonly<Record<string, number>> = { 万: 4, 萬: 4, 亿: 8, 億: 8, 万亿: 12, 萬億: 12 };
const SHIFT = /\s*(万亿|萬億|[万萬亿億])$/;

/** `{ group: ".", point: "," }`; without arguments `1,234.50`. `group: ""`: no separators are allowed. */
export function parseNumberStyle(name: string, args: unknown): NumberStyle {
  const parsed = parseArgs(name, schema, args ?? null);
  const point = parsed?.point ?? '.';
  const group = parsed?.group ?? (point === ',' ? '.' : ',');
  if (point === group) throw invalid(`${name}: group and point are the same character`);
  if (/[\d+()-]/.test(point + group)) throw invalid(`${name}: group and point must not be digits, signs or brackets`);
  const [between, before] = [literal(group), literal(point)];
  const whole = group === '' ? '\\d{1,30}' : `\\d{1,30}|\\d{1,3}(?:${between}\\d{3}){1,10}`;
  return { group, point, plain: new RegExp(`^(-?)(${whole})(?:${before}(\\d{1,30}))?$`) };
}

/** A character as a pattern; spaces come in several widths, which the long way knows. */
function literal(char: string): string {
  return char.replace(/[$()*+.?[\\\]^{|}/]/, '\\$&');
}

/**
 * Takes a number apart. Its sign may stand before or after it, as SAP writes it, or be the brackets of accountants; one
 * currency before or after it, or both if they stand around (¥5元); 万 and 亿 multiply.
 */
export function readNumber(text: string, { group, point, plain: form }: NumberStyle): NumberText {
  const easy = form.exec(text);
  if (easy !== null) {
    const [, minus, digits = '', fraction = ''] = easy;
    return { whole: group === '' ? digits : digits.replaceAll(group, ''), fraction, negative: minus === '-' };
  }
  if (text.length > MAX_TEXT) return { error: `is longer than ${MAX_TEXT} characters` };
  const plain = text.replace(SPACES, ' ').replaceAll('\u2212', '-').trim();
  if (/^[+-]?\d+([.,]\d+)?e[+-]?\d+$/i.test(plain))
    return { error: 'is in scientific notation, which loses digits; re-export it as text' };
  const { body, negative } = takeSign(plain) ?? {};
  if (body === undefined || negative === undefined) return NOT_A_NUMBER;
  const [, unit] = SHIFT.exec(body) ?? [];
  const digits = unit === undefined ? body : body.slice(0, body.length - unit.length).trimEnd();
  const [whole = '', fraction = '', ...more] = digits.split(point);
  if (more.length > 0 || !/^\d*$/.test(fraction)) return NOT_A_NUMBER;
  const ungrouped = ungroup(whole, group);
  if (typeof ungrouped === 'object') return ungrouped;
  if (ungrouped === '' && fraction === '') return NOT_A_NUMBER;
  return { ...shift({ whole: ungrouped, fraction }, SHIFTS[unit ?? ''] ?? 0), negative };
}

/** The number without its sign and currency; undefined when it has two signs. */
function takeSign(text: string): { readonly body: string; readonly negative: boolean } | undefined {
  const outer = takeCurrency(text, { before: true, after: true });
  const bracketed = /^\((.*)\)$/.exec(outer.rest);
  if (bracketed !== null) {
    const body = takeCurrency(bracketed[1] ?? '', outer).rest;
    return /[()+-]/.test(body) ? undefined : { body, negative: true };
  }
  const [, before, body = '', after] = /^(-|\+)?(.*?)(-)?$/.exec(outer.rest) ?? [];
  if (before !== undefined && after !== undefined) return undefined;
  return { body: takeCurrency(body.trim(), outer).rest, negative: before === '-' || after === '-' };
}

interface Sides {
  readonly before: boolean;
  readonly after: boolean;
}

/** Takes a currency from each side where there still may be one. */
function takeCurrency(text: string, { before, after }: Sides): Sides & { readonly rest: string } {
  const left = before ? text.replace(BEFORE, '') : text;
  const rest = after ? left.replace(AFTER, '') : left;
  return { rest, before: before && left === text, after: after && rest === left };
}

function shift(
  { whole, fraction }: { readonly whole: string; readonly fraction: string },
  places: number,
): { readonly whole: string; readonly fraction: string } {
  if (places === 0) return { whole: whole || '0', fraction };
  const digits = whole + fraction.slice(0, places).padEnd(places, '0');
  return { whole: digits.replace(/^0+(?=\d)/, '') || '0', fraction: fraction.slice(places) };
}

function ungroup(whole: string, group: string): string | { readonly error: string } {
  if (/^\d*$/.test(whole)) return whole;
  const groups = group === '' ? [whole] : whole.split(group);
  if (!groups.every((part) => /^\d+$/.test(part))) return NOT_A_NUMBER;
  const [first = '', ...rest] = groups;
  const right = first.length <= 3 && rest.every((part) => part.length === 3);
  return right ? groups.join('') : { error: `is wrongly grouped: between two "${group}" stand three digits` };
}
