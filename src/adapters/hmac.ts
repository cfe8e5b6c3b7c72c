// Signatures of the many systems that have a form of their own.

import { z } from 'zod';
import { adapterKind } from './adapter.ts';
import { headerName, keyBytes, secrets, tolerance, toleranceMs } from './settings.ts';
import { PLACEHOLDERS, signatureAdapter, type SignatureForm, templateParts } from './signature.ts';

const names = PLACEHOLDERS.map((name) => `{${name}}`).join(', ');

const signed = z
  .string()
  .refine((text) => templateParts(text).some((part) => 'placeholder' in part && part.placeholder === 'body'), {
    error: 'expected a text with {body}',
  })
  .refine((text) => !/[{}]/.test(text.replace(/\{(id|timestamp|method|path|url|body)\}/g, '')), {
    error: `expected no braces but ${names}`,
  })
  .default('{body}')
  .describe(
    'What is signed, such as `{timestamp}.{body}`: `{id}`, `{timestamp}`, `{method}`, `{path}` (with the query), `{url}` and `{body}`.',
  );

const timestamp = z
  .union(
    [
      z.strictObject({
        header: headerName.describe('The header that holds it.'),
      }),
      z.strictObject({
        part: z.string().min(1).describe('What it begins with in the header of the signature, such as `t=`.'),
      }),
    ],
    { error: 'expected { header: NAME } or { part: PREFIX }' },
  )
  .optional()
  .describe('Where the time of the signature stands, in seconds or milliseconds since 1970. Default: nowhere.');

const schema = z
  .strictObject({
    kind: z.literal('hmac').describe('Signed by HMAC in a form that the other keys describe.'),
    secrets,
    secret_encoding: z
      .enum(['text', 'base64', 'hex'])
      .default('text')
      .describe('What the secrets are: the key itself, or its bytes written so.'),
    header: headerName.describe('The header with the signature.'),
    prefix: z.string().default('').describe('What stands before the signature, such as `sha256=` or `v1=`.'),
    separator: z
      .string()
      .min(1)
      .optional()
      .describe('What stands between the parts of the header, such as `,`. Default: it is one signature.'),
    algorithm: z.enum(['sha256', 'sha512', 'sha1']).default('sha256').describe('The hash.'),
    encoding: z.enum(['hex', 'base64']).default('hex').describe('How the signature is written.'),
    signed,
    id: headerName.optional().describe('The header with the sender’s id of the event. Default: none is signed.'),
    timestamp,
    timestamp_unit: z
      .enum(['s', 'ms'])
      .default('s')
      .describe('The unit in which `tributary events send` writes it; whoever sends may use either.'),
    tolerance,
  })
  .superRefine(({ signed: template, id, timestamp: place, separator }, context) => {
    const add = (path: string, message: string): void => context.addIssue({ code: 'custom', path: [path], message });
    if (template.includes('{id}') && id === undefined) add('signed', '`{id}` needs `id`: the header that holds it');
    if (template.includes('{timestamp}') !== (place !== undefined))
      add('signed', '`{timestamp}` and `timestamp` need each other: a time that is not signed shows nothing');
    if (place !== undefined && 'part' in place && separator === undefined)
      add('timestamp', 'a part of the header needs `separator`');
  })
  .describe(
    'HMAC in any form: GitHub, Stripe, HubSpot, Slack, Shopify and others (docs/triggers.md has their settings).',
  );

export const hmac = adapterKind(schema, (settings) => {
  const { algorithm, encoding, header, prefix, separator, signed: template, id, timestamp: place } = settings;
  const keys = settings.secrets.map((secret) => keyBytes(secret, settings.secret_encoding));
  const form: SignatureForm = {
    algorithm,
    encoding,
    header,
    prefix,
    separator: separator ?? null,
    signed: template,
    id: id ?? null,
    timestamp: place === undefined ? null : 'part' in place ? { prefix: place.part } : place,
    toleranceMs: toleranceMs(settings.tolerance),
    timestampUnit: settings.timestamp_unit,
  };
  return signatureAdapter(form, keys);
});
