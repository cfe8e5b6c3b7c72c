import * as fc from 'fast-check';
import { expect, test } from 'vitest';

import { parseNumberStyle, readNumber } from '../../../src/transform/functions/number-text.ts';

const NEVER = /(?!)/;

test('plain numbers go a shorter way to the same answer', () => {
  const style = fc.constantFrom({}, { group: '' }, { point: ',' }, { group: ' ' }, { group: "'" }, { group: '^' });
  const text = fc.array(fc.constantFrom('1', '234', '0', '5678', ',', '.', ' ', "'", '^', '-', '万', '$'), {
    maxLength: 9,
  });
  fc.assert(
    fc.property(style, text, (args, parts) => {
      const written = parts.join('');
      const parsed = parseNumberStyle('decimal', args);
      expect([written, readNumber(written, parsed)]).toEqual([
        written,
        readNumber(written, { ...parsed, plain: NEVER }),
      ]);
    }),
    { numRuns: Number(process.env['TRIBUTARY_CASES'] ?? 2000) },
  );
});
