// How a record is found wanting. None of the messages repeats data.

import type { Decoded } from './format.ts';

export function refuse(rule: string, message: string): Decoded {
  return { ok: false, rule, message };
}

export function refuseEncoding(encoding: string): Decoded {
  return refuse(
    'record.encoding',
    `the record has bytes that are not valid ${encoding}; if the file has another encoding, set \`encoding\` on the stream`,
  );
}

export function refuseCharacter(): Decoded {
  return refuse(
    'record.character',
    'the record has a character that no text field can hold (U+0000 or half a surrogate pair)',
  );
}
