import { findCountry } from '../../identifiers/country.ts';
import { parseNoArgs, type TransformFunction } from './function.ts';

export const country: TransformFunction = {
  name: 'country',
  summary:
    'Writes a country as its code of two letters (ISO 3166-1). Reads codes of two and three letters or three digits, names in English and Chinese, and their common spellings.',
  takes: 'text',
  parse: (args) => {
    parseNoArgs('country', args);
    return (text) => {
      const found = findCountry(text);
      if (typeof found === 'string') return { value: found };
      return { error: found === undefined ? 'is not a country' : `may be ${found.join(' or ')}; write which` };
    };
  },
  examples: [
    { input: 'cn', output: 'CN' },
    { input: 'DEU', output: 'DE' },
    { input: '156', output: 'CN' },
    { input: ' 中国 ', output: 'CN' },
    { input: '中华人民共和国', output: 'CN' },
    { input: 'P.R. China', output: 'CN' },
    { input: 'U.S.A.', output: 'US' },
    { input: '美国', output: 'US' },
    { input: 'the united states', output: 'US' },
    { input: 'UK', output: 'GB' },
    { input: 'Great Britain', output: 'GB' },
    { input: '中国香港', output: 'HK' },
    { input: 'Hong Kong SAR', output: 'HK' },
    { input: '台湾', output: 'TW' },
    { input: 'Macau', output: 'MO' },
    { input: "COTE D'IVOIRE", output: 'CI' },
    { input: '刚果（金）', output: 'CD' },
    { input: '大韩民国', output: 'KR' },
    { input: 'Türkiye', output: 'TR' },
    { input: 'Trinidad & Tobago', output: 'TT' },
    { input: 'St. Lucia', output: 'LC' },
    { input: 'Czech Republic', output: 'CZ' },
    { input: 'Viet Nam', output: 'VN' },
    { input: 'Congo', error: 'may be CD or CG; write which' },
    { input: 'Korea', error: 'may be KP or KR; write which' },
    { input: 'Europe', error: 'is not a country' },
    { input: '86', error: 'is not a country' },
    { input: 'XX', error: 'is not a country' },
  ],
};
