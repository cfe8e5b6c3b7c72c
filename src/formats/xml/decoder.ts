// Decodes XML records: saxes judges, fast-xml-parser reads, and the tree becomes a record.

import { XMLParser } from 'fast-xml-parser';
import type { StreamDefinition } from '../../domain/definition.ts';
import { SyncError } from '../../domain/errors.ts';
import { strictDecoder } from '../encodings.ts';
import type { Decode } from '../format.ts';
import { createDecode } from '../lanes.ts';
import { refuse, refuseEncoding } from '../verdicts.ts';
import { inspectRecord } from './inspect-record.ts';
import { MAX_DEPTH, namespaceAttributes, type XmlContext } from './outline.ts';
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

/** @param context that of a position between the same parents as the records */
export function createXmlDecoder(stream: StreamDefinition, encoding: string, context: XmlContext | null): Decode {
  const decodeText = strictDecoder(encoding);
  const namespaces = decodeText(Buffer.from(namespaceAttributes(context ?? { open: [] }), 'latin1'));
  if (namespaces === null) {
    throw new SyncError('source.encoding', {
      message: `the elements around the records have bytes that are not valid ${encoding}`,
    });
  }
  const head = `<_ ${namespaces}>`;
  return createDecode((raw) => {
    const text = decodeText(raw.bytes);
    if (text === null) return refuseEncoding(encoding);
    const inspection = inspectRecord(text, head);
    if (!inspection.ok) return inspection;
    const tree: unknown = PARSER.parse(withoutInstructions(text));
    if (!isTree(tree)) return refuse('record.malformed', 'not XML: there is no element');
    return { ok: true, record: new TreeReader(stream.empty, inspection.nils).readRecord(tree[0]) };
  });
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
