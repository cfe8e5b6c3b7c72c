// Judges XML by saxes, which knows the standard; fast-xml-parser would accept almost anything.

import { SaxesParser, type SaxesTagNS } from 'saxes';

/** What an XML declaration says; null without one, and for versions after 1.1, which are read as 1.0. */
export type XmlVersion = '1.0' | '1.1' | null;

// The commonest mistake by far, for which saxes has no words of its own.
const BARE_AMPERSAND = /&(?!#?[^\s&<>;#]+;)/;
const OPAQUE = /<!\[CDATA\[[^]*?\]\]>|<!--[^]*?-->|<\?[^]*?\?>/g;

// The editions of XML 1.0 do not agree on names: characters beyond the first plane came with the fifth. saxes takes all
// of them. Here, a document that declares 1.0 may have those that people write names with: ideographs.
const DISPUTED = /[\u{10000}-\u{1FFFF}\u{40000}-\u{EFFFF}]/u;

export interface XmlHandlers {
  /** Sees every element in document order. It may throw. */
  readonly onOpen: (tag: SaxesTagNS) => void;
  readonly onClose?: () => void;
}

/** Parses a whole document with namespaces; says why it is not well-formed, without repeating its data, or null. */
export function judgeXml(text: string, version: XmlVersion, { onOpen, onClose }: XmlHandlers): string | null {
  const parser = new SaxesParser({ xmlns: true, position: false, defaultXMLVersion: version ?? '1.0' });
  let problem: string | null = null;
  parser.on('error', (error) => {
    problem ??= withoutData(error.message);
    throw error;
  });
  const checkName = (name: string): void => {
    if (DISPUTED.test(name)) parser.fail('not every edition of XML 1.0 allows this character in a name');
  };
  const isDisputed = version === '1.0' && DISPUTED.test(text);
  parser.on('opentag', (tag) => {
    if (isDisputed) for (const name of [tag.name, ...Object.keys(tag.attributes)]) checkName(name);
    onOpen(tag);
  });
  if (isDisputed) parser.on('processinginstruction', ({ target }) => checkName(target));
  if (onClose !== undefined) parser.on('closetag', onClose);
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
