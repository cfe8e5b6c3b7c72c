import { z } from 'zod';

import { isPhoneOfKind, readPhone } from '../../identifiers/phone-number.ts';
import { checkValue, parseArgs, requireField, type RuleKind } from './rule.ts';

const schema = z.union([z.literal(true), z.enum(['mobile', 'landline'])], {
  error: 'expected true, mobile or landline',
});

export const phone: RuleKind = {
  kind: 'phone',
  summary:
    'The text must be a telephone number that can exist, as the function `phone` writes it (+861012345678). `mobile` and `landline` ask for one of that kind; where a country does not tell them apart, both hold.',
  examples: [
    { args: true, input: '+8613800138000' },
    { args: true, input: '+861065529988;ext=12' },
    { args: true, input: '13800138000', error: 'is not a telephone number of the form +861012345678' },
    { args: true, input: '+86 138 0013 8000', error: 'is not a telephone number of the form +861012345678' },
    { args: true, input: '+8612345', error: 'is not a telephone number of the form +861012345678' },
    { args: 'mobile', input: '+8613800138000' },
    { args: 'mobile', input: '+861065529988', error: 'is not the number of a mobile telephone' },
    { args: 'landline', input: '+861065529988' },
    { args: 'landline', input: '+8613800138000', error: 'is not the number of a landline' },
    { args: 'mobile', input: '+12015550123' },
  ],
  compile: (args, setting) => {
    const kind = parseArgs(schema, args);
    return checkValue(requireField(setting), (value) => {
      const [number = '', extension] = String(value).split(/;ext=(?=\d{1,20}$)/);
      const found = readPhone(number, undefined);
      if (found === null || found.number !== number || (extension !== undefined && found.extension !== null))
        return 'is not a telephone number of the form +861012345678';
      if (kind === true || isPhoneOfKind(number, kind)) return null;
      return `is not the number of a ${kind === 'mobile' ? 'mobile telephone' : 'landline'}`;
    });
  },
};
