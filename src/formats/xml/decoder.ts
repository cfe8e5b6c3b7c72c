// Decodes XML records. What the fast lane is not sure about, saxes judges, fast-xml-parser reads, and the tree becomes a
// record: that is what is right.

import { XMLParser } from 'fast-xml-parser';
import type { StreamDefinition } from '../../domain/definition.ts';
import { strictDecoder } from '../encodings.ts';
import type { Decode, Decoded } from '../format.ts';
import { createDecode } from '../lanes.ts';
import { refuse, refuseEncoding } from '../verdicts.ts';
import { OUTSIDE, surroundingTag, type XmlContext } from './context.ts';
import { createFastLane } from './fast-lane.ts';
import { inspectRecord } from './inspect-record.ts';
import { MAX_DEPTH } from './outline.ts';
import { CDATA, TEXT, TreeReader, type TreeNode } from './tree.ts';

// It guesses nothing: no numbers, no trimming, no prefixes, and no entities, whose decoding by fast-xml-parser knows no
// numeric references and stops at 100,000 characters.
const PARSER = new XMLParser({
  preserveOrder: true,
  ignoreAttributes: false,
  attributeNamePrefix: '@',
  textNodeName: TEXT,
  cdataPropName: CDATA,
  trimValues: false,
  parseTagValue: false,
  parseAttributeValue: false,
  processEntities: false,
  ignoreDeclaration: true,
  ignorePiTags: true,
  maxNestedTags: MAX_DEPTH + 1,
  onDangerousProperty: (name) => name,
});

/** XML 1.1 has more of them. */
const LATER_LINE_ENDS = /\r[\n\u0085]|[\r\u0085\u2028]/g;

/** @param context that of a position between the same parents as the records */
export function createXmlDecoder(stream: StreamDefinition, encoding: string, context: XmlContext | null): Decode {
  const around = context ?? OUTSIDE;
  const decodeText = strictDecoder(encoding);
  const readPlain = createFastLane(stream.empty, around);
  const readAny = createReference(stream.empty, around);
  return createDecode(
    (raw) => {
      const text = decodeText(raw.bytes);
      return text === null ? refuseEncoding(encoding) : readAny(text);
    },
    (raw) => {
      const text = decodeText(raw.bytes);
      const record = text === null ? null : readPlain(text);
      return record === null ? null : { ok: true, record };
    },
  );
}

function createReference(empty: 'absent' | 'null', around: XmlContext): (text: string) => Decoded {
  const { version } = around;
  const head = surroundingTag(around);
  return (written) => {
    const text = version === '1.1' ? written.replace(LATER_LINE_ENDS, '\n') : written;
    const inspection = inspectRecord(text, head, version);
    if (!inspection.ok) return inspection;
    const tree: unknown = PARSER.parse(withoutInstructions(text));
    if (!isTree(tree)) return refuse('record.malformed', 'not XML: there is no element');
    return { ok: true, record: new TreeReader(empty, inspection.nils).readRecord(tree[0]) };
  };
}

function isTree(tree: unknown): tree is readonly [TreeNode] {
  return Array.isArray(tree) && tree.length === 1 && typeof tree[0] === 'object';
}

/** fast-xml-parser takes an apostrophe in an instruction for a quote, and swallows what comes after it. */
function withoutInstructions(text: string): string {
  if (!text.includes('<?')) return text;
  return text.replace(/<!\[CDATA\[[^]*?\]\]>|<!--[^]*?-->|<\?[^]*?\?>/g, (markup) =>
    markup.startsWith('<?') ? '' : markup,
  );
}
