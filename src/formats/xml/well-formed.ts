// Judges XML by saxes, which knows the standard; fast-xml-parser would accept almost anything.

import { SaxesParser, type SaxesTagNS } from 'saxes';

// The commonest mistake by far, for which saxes has no words of its own.
const BARE_AMPERSAND = /&(?!#?[^\s&<>;#]+;)/;
const OPAQUE = /<!\[CDATA\[[^]*?\]\]>|<!--[^]*?-->|<\?[^]*?\?>/g;

export interface XmlHandlers {
  /** Sees every element in document order. It may throw. */
  readonly onOpen: (tag: SaxesTagNS) => void;
  readonly onClose?: () => void;
}

/** Parses a whole document with namespaces; says why it is not well-formed, without repeating its data, or null. */
export function judgeXml(text: string, handlers: XmlHandlers): string | null {
  const parser = new SaxesParser({ xmlns: true, position: false });
  let problem: string | null = null;
  parser.on('error', (error) => {
    problem ??= withoutData(error.message);
    throw error;
  });
  parser.on('opentag', handlers.onOpen);
  if (handlers.onClose !== undefined) parser.on('closetag', handlers.onClose);
  try {
    parser.write(text).close();
  } catch (error) {
    if (problem === null) throw error;
    return BARE_AMPERSAND.test(text.replace(OPAQUE, '')) ? 'an & that is not written as &amp;' : problem;
  }
  return null;
}

/** saxes puts the names it met after a colon: `unmatched closing tag: name`. */
function withoutData(message: string): string {
  return message.replace(/: .*$/s, '').replace(/\.$/, '');
}
