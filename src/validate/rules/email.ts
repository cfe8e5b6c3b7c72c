import { z } from 'zod';

import { checkValue, parseArgs, requireField, type RuleKind } from './rule.ts';

const schema = z.union([z.literal(true), z.literal('strict')], { error: 'expected true or strict' });

// Backtracks over each character at most once: the two repeated parts are divided by @, which neither of them takes.
const EMAIL = /^[a-zA-Z0-9._%+-]+@[a-zA-Z0-9.-]+\.[a-zA-Z]{2,}$/;
const LABEL = /^[a-zA-Z0-9]([a-zA-Z0-9-]*[a-zA-Z0-9])?$/;
// RFC 5321 section 4.5.3.1, less the angle brackets of a path; RFC 1035 section 2.3.4.
const MAX_LENGTH = 254;
const MAX_LOCAL = 64;
const MAX_LABEL = 63;

export const email: RuleKind = {
  kind: 'email',
  summary:
    'The text must look like an e-mail address (ASCII). `strict` refuses addresses that no mail system takes: over 254 characters, dots at the ends or doubled, ill-formed parts of the domain.',
  examples: [
    { args: true, input: 'first.last+crm@mail.example.com' },
    { args: true, input: 'info@localhost', error: 'is not an e-mail address' },
    { args: true, input: '.a..b@example.com' },
    { args: 'strict', input: '.a..b@example.com', error: 'is not an e-mail address' },
    { args: 'strict', input: 'a@-example.com', error: 'is not an e-mail address' },
  ],
  compile: (args, setting) => {
    const strict = parseArgs(schema, args) === 'strict';
    return checkValue(requireField(setting), (value) => {
      const text = String(value);
      return EMAIL.test(text) && (!strict || isDeliverable(text)) ? null : 'is not an e-mail address';
    });
  },
};

function isDeliverable(text: string): boolean {
  const [local = '', domain = ''] = text.split('@');
  if (text.length > MAX_LENGTH || local.length > MAX_LOCAL) return false;
  if (local.split('.').includes('')) return false;
  return domain.split('.').every((label) => label.length <= MAX_LABEL && LABEL.test(label));
}
