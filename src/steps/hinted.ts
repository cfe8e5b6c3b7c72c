// Events that only name a record: it is read again from its source, as it is now, once for all hints of a batch.

import type { StreamDefinition } from '../domain/definition.ts';
import { SyncError } from '../domain/errors.ts';
import type { Decoded } from '../formats/format.ts';
import type { ItemDecoder, ReadItem, SourceReader } from '../sources/source.ts';
import { compileKey } from '../transform/key.ts';
import type { Deps } from './deps.ts';
import type { RunContext } from './run-context.ts';

/**
 * @param hints their reader
 * @returns the records in the place of the last hint of each; hints that name none stand for themselves, and records that
 *   the source does not have are left out. Errors: `config.invalid` where the source cannot look records up.
 */
export async function openHinted(
  deps: Deps,
  { definition }: Pick<RunContext, 'definition'>,
  hints: SourceReader,
): Promise<(signal: AbortSignal) => SourceReader> {
  const { stream } = definition.sync;
  const connection = definition.connections[stream.connection];
  if (connection === undefined) throw new Error(`definition lacks the connection ${stream.connection}`);
  const source = await deps.source(connection);
  if (source.readKeys === undefined)
    throw new SyncError('config.invalid', {
      message: `\`when.events.holds: hint\` needs a source that can look records up; ${connection.kind} cannot`,
    });
  const readKeys = source.readKeys.bind(source);
  const plain = (await readKeys(stream, [], new AbortController().signal)).decoder();
  return (signal) => new HintedReader({ stream, hints, plain, read: (keys) => readKeys(stream, keys, signal) }).reader;
}

interface Hinted {
  readonly stream: StreamDefinition;
  readonly hints: SourceReader;
  /** Of records as they were stored. */
  readonly plain: ItemDecoder;
  readonly read: (keys: readonly string[]) => Promise<{ readonly items: readonly ReadItem[]; decoder(): ItemDecoder }>;
}

class HintedReader {
  readonly #of: Hinted;
  readonly #decoded = new Map<number, Decoded>();

  constructor(of: Hinted) {
    this.#of = of;
  }

  get reader(): SourceReader {
    const { hints, plain } = this.#of;
    return {
      items: () => this.#items(),
      decoder: () => ({ decode: (item) => this.#decoded.get(item.position) ?? plain.decode(item), lanes: plain.lanes }),
      bytesRead: hints.bytesRead,
      completeness: () => 'unproven',
      costlyToResume: false,
    };
  }

  async *#items(): AsyncGenerator<readonly ReadItem[]> {
    const { hints, read, stream } = this.#of;
    const keyOf = compileKey(stream);
    const key = (decoded: Decoded): string | null => (decoded.ok ? keyOf(decoded.record, []) : null);
    const decoder = hints.decoder();
    const named = new Map<string, ReadItem>();
    const nameless: ReadItem[] = [];
    for await (const items of hints.items()) {
      for (const item of items) {
        const decoded = decoder.decode(item);
        const name = key(decoded);
        if (name !== null) named.set(name, item);
        else nameless.push(this.#keep(item, decoded));
      }
    }
    const found = await read([...named.keys()]);
    const rows = found.decoder();
    const records = found.items.flatMap((row): ReadItem[] => {
      const decoded = rows.decode(row);
      const hint = named.get(key(decoded) ?? '');
      return hint === undefined ? [] : [this.#keep({ ...hint, bytes: row.bytes }, decoded)];
    });
    yield [...nameless, ...records].toSorted((a, b) => a.position - b.position);
  }

  #keep(item: ReadItem, decoded: Decoded): ReadItem {
    this.#decoded.set(item.position, decoded);
    return item;
  }
}
