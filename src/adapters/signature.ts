// Signatures by HMAC in every form that senders use: what is signed, in which header it stands, how it is written.

import { createHmac } from 'node:crypto';
import { type Adapter, type Delivery, headerOf, type Received, refused, type Sending } from './adapter.ts';
import { equalsAny } from './compare.ts';

export type Algorithm = 'sha1' | 'sha256' | 'sha512';
export type SignatureEncoding = 'hex' | 'base64';

/** Where the time of the signature stands: a header of its own, or a part of the signature's that begins so. */
export type TimestampPlace = { readonly header: string } | { readonly prefix: string };

export interface SignatureForm {
  readonly algorithm: Algorithm;
  readonly encoding: SignatureEncoding;
  readonly header: string;
  /** What stands before the signature: `sha256=`, `v1=`. Parts of the header that begin otherwise are not looked at. */
  readonly prefix: string;
  /** What stands between the parts of the header; null: it is one signature. */
  readonly separator: string | null;
  /** What is signed: text with `{id}`, `{timestamp}`, `{method}`, `{path}`, `{url}`, `{body}`. */
  readonly signed: string;
  /** The header with the sender's id of the delivery; null: there is none. */
  readonly id: string | null;
  readonly timestamp: TimestampPlace | null;
  /** How far the time of the signature may be from ours. */
  readonly toleranceMs: number;
  /** The unit of the timestamps that `send` writes; both are read. */
  readonly timestampUnit: 's' | 'ms';
}

export const PLACEHOLDERS = ['id', 'timestamp', 'method', 'path', 'url', 'body'] as const;
type Placeholder = (typeof PLACEHOLDERS)[number];

type Part = { readonly text: string } | { readonly placeholder: Placeholder };

const PLACEHOLDER = new RegExp(`\\{(${PLACEHOLDERS.join('|')})\\}`);

/** `{id}.{body}` as its parts. */
export function templateParts(template: string): readonly Part[] {
  return template
    .split(PLACEHOLDER)
    .map((piece, index): Part => {
      const placeholder = PLACEHOLDERS.find((one) => index % 2 === 1 && one === piece);
      return placeholder === undefined ? { text: piece } : { placeholder };
    })
    .filter((part) => !('text' in part) || part.text !== '');
}

/**
 * An adapter for one form of signature. Any of the keys counts, so that one can follow another without a gap.
 *
 * A request without a body signs its path in the body's place: a signature of nothing would open every address.
 */
export function signatureAdapter(form: SignatureForm, keys: readonly Uint8Array[]): Adapter {
  const parts = templateParts(form.signed);
  return {
    receive: (delivery) => receive(delivery, { form, parts, keys }),
    send: (sending) => ({ headers: sign(sending, { form, parts, keys }), body: sending.body }),
  };
}

interface Compiled {
  readonly form: SignatureForm;
  readonly parts: readonly Part[];
  readonly keys: readonly Uint8Array[];
}

function receive(delivery: Delivery, compiled: Compiled): Received {
  const { form, parts, keys } = compiled;
  const header = headerOf(delivery, form.header);
  if (header.repeated) return refused(`the header ${form.header} stands more than once`);
  if (header.value === null) return refused(`the header ${form.header} is missing`);
  const pieces = form.separator === null ? [header.value] : header.value.split(form.separator);
  const time = timestampOf(delivery, form, pieces);
  if (typeof time === 'object') return refused(time.because);
  const id = form.id === null ? { value: null, repeated: false } : headerOf(delivery, form.id);
  if (id.repeated) return refused(`the header ${form.id} stands more than once`);
  const needsId = parts.some((part) => 'placeholder' in part && part.placeholder === 'id');
  if (needsId && id.value === null) return refused(`the header ${form.id} is missing`);
  const unclear = unclearId(parts, id.value ?? '');
  if (unclear) return refused(`the header ${form.id} holds what separates it from the rest of what is signed`);
  const written = pieces.flatMap((piece) => signatureIn(piece.trim(), form));
  const values = { ...delivery, id: id.value ?? '', timestamp: time };
  const expected = keys.map((key) => digest(key, { form, parts, values }));
  const found = written.reduce((any, one) => equalsAny(one, expected) || any, false);
  if (!found) return refused(`no signature in ${form.header} matches`);
  return { kind: 'events', body: delivery.body, eventId: id.value };
}

/** Else `a.1` and `2` would be signed as `a` and `1.2` are. */
function unclearId(parts: readonly Part[], id: string): boolean {
  const at = parts.findIndex((part) => 'placeholder' in part && part.placeholder === 'id');
  const next = parts[at + 1];
  return at >= 0 && next !== undefined && 'text' in next && id.includes(next.text);
}

function signatureIn(piece: string, { prefix, encoding }: SignatureForm): readonly string[] {
  if (!piece.startsWith(prefix)) return [];
  const text = piece.slice(prefix.length);
  return [encoding === 'hex' ? text.toLowerCase() : text];
}

/** As it was written, or '' where there is none to be. */
function timestampOf(
  delivery: Delivery,
  { timestamp: place, toleranceMs }: SignatureForm,
  pieces: readonly string[],
): string | { readonly because: string } {
  if (place === null) return '';
  const where = 'header' in place ? place.header : `the part ${place.prefix}`;
  const { value, repeated } = 'header' in place ? headerOf(delivery, place.header) : partOf(pieces, place.prefix);
  if (repeated) return { because: `${where} stands more than once` };
  if (value === null) return { because: `${where} is missing` };
  if (!/^\d{1,13}$/.test(value)) return { because: `${where} is not a time in seconds or milliseconds` };
  // Seconds have eleven digits at most until the year 5138.
  const ms = value.length > 11 ? Number(value) : Number(value) * 1000;
  const age = delivery.at - ms;
  if (age > toleranceMs) return { because: `${where} is too old by ${Math.ceil((age - toleranceMs) / 1000)} s` };
  if (-age > toleranceMs) return { because: `${where} lies in the future` };
  return value;
}

function partOf(pieces: readonly string[], prefix: string): ReturnType<typeof headerOf> {
  const found = pieces.map((piece) => piece.trim()).filter((piece) => piece.startsWith(prefix));
  return { value: found[0]?.slice(prefix.length) ?? null, repeated: found.length > 1 };
}

type Values = Pick<Delivery, 'method' | 'path' | 'url' | 'body'> & { readonly id: string; readonly timestamp: string };

function digest(
  key: Uint8Array,
  { form, parts, values }: Pick<Compiled, 'form' | 'parts'> & { readonly values: Values },
): string {
  const hmac = createHmac(form.algorithm, key);
  for (const part of parts) {
    if ('text' in part) hmac.update(part.text);
    else if (part.placeholder !== 'body') hmac.update(values[part.placeholder]);
    else hmac.update(values.body.length === 0 && values.method !== 'POST' ? values.path : values.body);
  }
  return hmac.digest(form.encoding);
}

function sign(sending: Sending, { form, parts, keys }: Compiled): Readonly<Record<string, string>> {
  const { at, id } = sending;
  const timestamp = form.timestamp === null ? '' : String(form.timestampUnit === 's' ? Math.floor(at / 1000) : at);
  const values = { ...sending, timestamp };
  const key = keys[0];
  if (key === undefined) throw new Error('there is no secret to sign with');
  const signature = form.prefix + digest(key, { form, parts, values });
  const { timestamp: place, separator } = form;
  const own = place !== null && 'prefix' in place ? `${place.prefix}${timestamp}${separator ?? ''}` : '';
  return {
    [form.header]: own + signature,
    ...(place !== null && 'header' in place ? { [place.header]: timestamp } : {}),
    ...(form.id === null ? {} : { [form.id]: id }),
  };
}
