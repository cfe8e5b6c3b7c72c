// Decodes JSON records.

import { strictDecoder } from '../encodings.ts';
import type { Decode } from '../format.ts';
import { createDecode } from '../lanes.ts';
import { isRecord } from '../names.ts';
import { refuse, refuseEncoding } from '../verdicts.ts';
import { parseJson } from './parse.ts';

/** A record has to be an object. Numbers come as their source text; JSON null stays null. */
export function createJsonDecoder(encoding: string): Decode {
  const decodeText = strictDecoder(encoding);
  return createDecode((raw) => {
    const text = decodeText(raw.bytes);
    if (text === null) return refuseEncoding(encoding);
    const parsed = parseJson(text);
    if (!parsed.ok) return parsed;
    return isRecord(parsed.value)
      ? { ok: true, record: parsed.value }
      : refuse('record.malformed', 'not a JSON object');
  });
}
