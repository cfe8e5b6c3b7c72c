import { checkUscc } from '../../identifiers/uscc.ts';
import { compact } from './compact.ts';
import { parseNoArgs, type TransformFunction } from './function.ts';

export const uscc: TransformFunction = {
  name: 'uscc',
  summary:
    'Reads a Chinese unified social credit code (统一社会信用代码, GB 32100-2015): 18 capital letters and digits without spaces and dashes, the check character right.',
  takes: 'text',
  parse: (args) => {
    parseNoArgs('uscc', args);
    return (text) => {
      const code = compact(text);
      const error = checkUscc(code);
      return error === null ? { value: code } : { error };
    };
  },
  examples: [
    // The example of GB 32100-2015 itself; then codes of companies as the National Enterprise Credit System lists them.
    { input: '91350100M000100Y43', output: '91350100M000100Y43' },
    { input: '914403001922038216', output: '914403001922038216' },
    { input: '91330100799655058B', output: '91330100799655058B' },
    { input: '9144030071526726XG', output: '9144030071526726XG' },
    { input: ' 91330100 799655058b ', output: '91330100799655058B' },
    { input: '９１３５０１００Ｍ０００１００Ｙ４３', output: '91350100M000100Y43' },
    { input: '91350100M000100Y44', error: 'is not a unified social credit code: its check character is wrong' },
    { input: '91350100M000010Y43', error: 'is not a unified social credit code: its check character is wrong' },
    {
      input: '91350100M0001O0Y43',
      error: 'is not a unified social credit code: expected 18 digits and capital letters other than I, O, S, V, Z',
    },
    {
      input: '350100100001001',
      error: 'is a registration number of before 2015; the unified code does not follow from it',
    },
    {
      input: '无',
      error: 'is not a unified social credit code: expected 18 digits and capital letters other than I, O, S, V, Z',
    },
  ],
};
