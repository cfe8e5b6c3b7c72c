// The character encodings that streams may be in. Configuration and formats agree on them here.

const READ =
  /^(utf-8|utf-16[bl]e|gb18030|big5|shift_jis|euc-jp|euc-kr|windows-125\d|windows-874|iso-8859-\d+(-i)?|koi8-[ru]|macintosh|x-mac-cyrillic|ibm866)$/;

/** Names that Windows and Python have for encodings, and the Encoding Standard has not. */
const CODE_PAGES: ReadonlyMap<string, string> = new Map([
  ['cp932', 'shift_jis'],
  ['cp936', 'gb18030'],
  ['cp949', 'euc-kr'],
  ['cp950', 'big5'],
  ['gbk', 'gb18030'],
]);

/**
 * The Encoding Standard's name for what a label means, in lower case; null for an encoding that is not read. GBK is read
 * as GB18030, of which it is a part.
 */
export function encodingName(label: string): string | null {
  const name = standardName(label);
  const known = CODE_PAGES.get(name) ?? name;
  return READ.test(known) ? known : null;
}

function standardName(label: string): string {
  try {
    return new TextDecoder(label).encoding;
  } catch {
    return label.trim().toLowerCase();
  }
}
