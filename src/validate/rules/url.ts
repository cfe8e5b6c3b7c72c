import { z } from 'zod';

import { checkValue, parseArgs, requireField, type RuleKind } from './rule.ts';

const schema = z.union([z.literal(true), z.literal('https')], { error: 'expected true or https' });

// What the URL Standard would repair in silence.
const REPAIRED = /[\s\p{C}\\]/u;

export const url: RuleKind = {
  kind: 'url',
  summary:
    'The text must be a web address with https:// or http:// and a host that has a dot; `https` refuses http://. White space, backslashes and unseen characters are refused.',
  examples: [
    { args: true, input: 'https://www.acme.com/path?q=1' },
    { args: true, input: 'http://acme.com' },
    { args: 'https', input: 'http://acme.com', error: 'is not a web address with https://' },
    { args: true, input: 'www.acme.com', error: 'is not a web address with https:// or http://' },
    { args: true, input: 'https://acme.com/a b', error: 'is not a web address with https:// or http://' },
    { args: true, input: 'https://localhost/', error: 'is not a web address with https:// or http://' },
    { args: true, input: 'https:/acme.com', error: 'is not a web address with https:// or http://' },
    { args: true, input: 'javascript://acme.com/', error: 'is not a web address with https:// or http://' },
    { args: true, input: 'https://中文.com/' },
  ],
  compile: (args, setting) => {
    const secure = parseArgs(schema, args) === 'https';
    const scheme = secure ? /^https:\/\/[^/]/i : /^https?:\/\/[^/]/i;
    const error = `is not a web address with https://${secure ? '' : ' or http://'}`;
    return checkValue(requireField(setting), (value) => {
      const text = String(value);
      return scheme.test(text) && !REPAIRED.test(text) && hasDottedHost(text) ? null : error;
    });
  },
};

function hasDottedHost(text: string): boolean {
  try {
    return /[^.]\.[^.]/.test(new URL(text).hostname);
  } catch {
    return false;
  }
}
