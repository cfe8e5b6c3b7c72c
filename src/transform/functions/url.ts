import { z } from 'zod';

import { parseArgs, type TransformFunction } from './function.ts';

const scheme = z.enum(['https', 'http'], { error: 'expected https or http' });
const schema = z.strictObject({ scheme: scheme.optional() }).nullable();

// A scheme ends in ://; `acme.com:8080` has none.
const SCHEME = /^[a-z][a-z0-9+.-]*:\/\//i;

export const url: TransformFunction = {
  name: 'url',
  summary:
    'Brings a web address into one form: small letters in scheme and host, no default port, international names as xn--, spaces as %20. `scheme` is put in front where there is none; without it that is an error.',
  takes: 'text',
  parse: (args) => {
    const missing = parseArgs('url', schema, args ?? null)?.scheme;
    return (text) => {
      const trimmed = text.trim().replace(/^(https?)：\/\//i, '$1://');
      if (!SCHEME.test(trimmed) && missing === undefined)
        return { error: 'has no https:// or http://; say which it gets, such as { scheme: https }' };
      const made = parse(SCHEME.test(trimmed) ? trimmed : `${missing ?? ''}://${trimmed}`);
      return made === null ? { error: 'is not a web address' } : { value: made };
    };
  },
  examples: [
    { input: ' HTTPS://Www.ACME.com:443/Path?q=A#top ', output: 'https://www.acme.com/Path?q=A#top' },
    { input: 'http://acme.com', output: 'http://acme.com/' },
    { args: { scheme: 'https' }, input: 'www.acme.com/a b', output: 'https://www.acme.com/a%20b' },
    { args: { scheme: 'https' }, input: 'http://acme.com/', output: 'http://acme.com/' },
    { args: { scheme: 'https' }, input: 'acme.com:8443', output: 'https://acme.com:8443/' },
    { input: 'https://中文.com/', output: 'https://xn--fiq228c.com/' },
    { input: 'http：//acme.com/', output: 'http://acme.com/' },
    { input: 'acme.com', error: 'has no https:// or http://; say which it gets, such as { scheme: https }' },
    { args: { scheme: 'https' }, input: 'n/a', error: 'is not a web address' },
    { args: { scheme: 'https' }, input: 'mailto:info@acme.com', error: 'is not a web address' },
    { input: 'ftp://acme.com/', error: 'is not a web address' },
    { input: 'https://', error: 'is not a web address' },
  ],
};

/** The address as WHATWG's URL Standard writes it: https://url.spec.whatwg.org/ */
function parse(text: string): string | null {
  try {
    const { protocol, hostname, username, href } = new URL(text);
    const web = protocol === 'https:' || protocol === 'http:';
    // A host without a dot is a machine in somebody's house; a user before @ is most often an e-mail address.
    return web && username === '' && /[^.]\.[^.]/.test(hostname) ? href : null;
  } catch {
    return null;
  }
}
