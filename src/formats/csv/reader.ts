import type { StreamDefinition } from '../../domain/definition.ts';
import { SyncError } from '../../domain/errors.ts';
import { PREFIX_BYTES } from '../encodings.ts';
import { START, type FormatReader, type Surroundings } from '../format.ts';
import { createCsvDecoder } from './decoder.ts';
import { csvContext, CsvFramer } from './framer.ts';
import { readHeader } from './header.ts';

/** CSV, with a header row unless the columns are configured. */
export const csvReader: FormatReader = {
  createFramer: (stream, position) => new CsvFramer(stream, position),
  createDecoder: (stream, encoding, context) => createCsvDecoder(stream, encoding, csvContext(context)),
  inspect: inspectCsv,
};

function inspectCsv(stream: StreamDefinition, encoding: string, prefix: Uint8Array): Surroundings {
  const framer = new CsvFramer({ ...stream, encoding }, START);
  framer.push(prefix);
  const whole = prefix.length < PREFIX_BYTES;
  if (whole) framer.finish();
  const context = framer.readHeader();
  if (context !== null) {
    const columns = readHeader(stream, encoding, context);
    return { description: JSON.stringify(columns), columns, context };
  }
  if (whole) throw new SyncError('source.empty', { message: 'there is no header row' });
  throw new SyncError('source.limit', { message: `there is no header row in the first ${PREFIX_BYTES} bytes` });
}
