import { z } from 'zod';

import { checkResidentId, upgradeResidentId } from '../../identifiers/resident-id.ts';
import { compact } from './compact.ts';
import { parseArgs, type TransformFunction } from './function.ts';

const schema = z.strictObject({ upgrade: z.boolean({ error: 'expected true or false' }).default(false) }).nullable();

export const residentId: TransformFunction = {
  name: 'resident_id',
  summary:
    'Reads a Chinese resident identity number (公民身份号码, GB 11643): 18 characters without spaces, the X capital, region, date of birth and check digit right. `upgrade: true` makes 18 of the 15 digits of before 1999.',
  takes: 'text',
  parse: (args) => {
    const upgrade = parseArgs('resident_id', schema, args ?? null)?.upgrade === true;
    return (text) => {
      const number = compact(text);
      const upgraded = upgrade ? upgradeResidentId(number) : null;
      if (upgraded !== null) return { value: upgraded };
      const error = checkResidentId(number);
      return error === null ? { value: number } : { error };
    };
  },
  examples: [
    // The two examples of GB 11643-1999.
    { input: '11010519491231002X', output: '11010519491231002X' },
    { input: '440524188001010014', output: '440524188001010014' },
    { input: ' 110105 19491231 002x', output: '11010519491231002X' },
    { input: '１１０１０５１９４９１２３１００２Ｘ', output: '11010519491231002X' },
    { args: { upgrade: true }, input: '110105491231002', output: '11010519491231002X' },
    { args: { upgrade: true }, input: '11010519491231002X', output: '11010519491231002X' },
    { input: '110105491231002', error: 'is a resident identity number of before 1999, with 15 digits' },
    {
      args: { upgrade: true },
      input: '110105491231996',
      error: 'is a resident identity number of before 1999, with 15 digits',
    },
    { input: '110105194912310021', error: 'is not a resident identity number: its check digit is wrong' },
    { input: '11010519490231002X', error: 'is not a resident identity number: its date of birth does not exist' },
    { input: '99999919491231002X', error: 'is not a resident identity number: its check digit is wrong' },
    { input: '01010519491231002X', error: 'is not a resident identity number: there is no region of its first digits' },
    { input: '1.10105E+17', error: 'is not a resident identity number: expected 17 digits and a digit or X' },
  ],
};
