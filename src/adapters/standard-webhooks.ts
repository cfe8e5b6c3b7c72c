// Standard Webhooks 1.0 (https://www.standardwebhooks.com), symmetric signatures (`v1`).

import { z } from 'zod';
import { adapterKind } from './adapter.ts';
import { keyBytes, secrets, tolerance, toleranceMs } from './settings.ts';
import { signatureAdapter, type SignatureForm } from './signature.ts';

const schema = z
  .strictObject({
    kind: z
      .literal('standard_webhooks')
      .describe('Signed as Standard Webhooks say: `webhook-id`, `-timestamp`, `-signature`.'),
    secrets,
    tolerance,
  })
  .describe('Standard Webhooks: secrets are base64, with or without `whsec_` before it.');

const FORM: Omit<SignatureForm, 'toleranceMs'> = {
  algorithm: 'sha256',
  encoding: 'base64',
  header: 'webhook-signature',
  prefix: 'v1,',
  separator: ' ',
  signed: '{id}.{timestamp}.{body}',
  id: 'webhook-id',
  timestamp: { header: 'webhook-timestamp' },
  timestampUnit: 's',
};

export const standardWebhooks = adapterKind(schema, (settings) => {
  const keys = settings.secrets.map((text) => keyBytes(text.trim().replace(/^whsec_/, ''), 'base64'));
  return signatureAdapter({ ...FORM, toleranceMs: toleranceMs(settings.tolerance) }, keys);
});
