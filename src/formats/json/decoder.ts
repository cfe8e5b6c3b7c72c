// Decodes JSON records.

import { strictDecoder } from '../encodings.ts';
import type { Decode, Decoded, RawRecord } from '../format.ts';
import { createDecode } from '../lanes.ts';
import { isRecord } from '../names.ts';
import { refuse, refuseEncoding } from '../verdicts.ts';
import { FastJsonParser } from './fast-parser.ts';
import { parseJson } from './parse.ts';

/** A record has to be an object. Numbers come as their source text; JSON null stays null. */
export function createJsonDecoder(encoding: string): Decode {
  const decodeText = strictDecoder(encoding);
  const parser = new FastJsonParser();
  const reference = (raw: RawRecord): Decoded => {
    const text = decodeText(raw.bytes);
    if (text === null) return refuseEncoding(encoding);
    const parsed = parseJson(text);
    if (!parsed.ok) return parsed;
    return isRecord(parsed.value)
      ? { ok: true, record: parsed.value }
      : refuse('record.malformed', 'not a JSON object');
  };
  return createDecode(reference, (raw) => {
    const text = decodeText(raw.bytes);
    const record = text === null ? null : parser.parse(text);
    return record === null ? null : { ok: true, record };
  });
}
