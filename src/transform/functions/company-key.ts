import { z } from 'zod';

import { parseArgs, type TransformFunction } from './function.ts';

const schema = z
  .strictObject({ form: z.enum(['keep', 'drop'], { error: 'expected keep or drop' }).default('keep') })
  .nullable();

// The long forms go first: 有限公司 is the end of them.
const CHINESE = /(股份有限公司|有限责任公司|有限責任公司|有限公司)/;
const LIMITED = '有限公司';
const BRACKETS = /[()[\]{}<>【】〔〕〈〉《》「」『』]+/g;
const QUOTES = /["'`´‘’“”.,;:、，。·•]+/g;
const CJK_SPACE = /(?<=[\p{Script=Han}])\s+|\s+(?=[\p{Script=Han}])/gu;

// Words that end a Latin name, in the form in which they are the same.
const FORMS: ReadonlyMap<string, string> = new Map([
  ['limited', 'ltd'],
  ['ltd', 'ltd'],
  ['incorporated', 'inc'],
  ['inc', 'inc'],
  ['corporation', 'corp'],
  ['corp', 'corp'],
  ['company', 'co'],
  ['co', 'co'],
  ...['llc', 'llp', 'plc', 'gmbh', 'ag', 'kg', 'sa', 'sarl', 'srl', 'spa', 'bv', 'nv', 'ab', 'oy', 'as'].map(
    (form): [string, string] => [form, form],
  ),
]);

interface Parts {
  readonly name: string;
  readonly form: string;
  /** What follows the legal form: a branch, most often. */
  readonly rest: string;
}

export const companyKey: TransformFunction = {
  name: 'company_key',
  summary:
    'Makes a key to match companies by: name, legal form, branch, with a space between. Width, case, brackets, spaces and punctuation do not count; 有限责任公司 is 有限公司, Limited is Ltd. `form: drop` leaves the legal form out. The key is for matching, not for showing.',
  takes: 'text',
  parse: (args) => {
    const drop = parseArgs('company_key', schema, args ?? null)?.form === 'drop';
    return (text) => {
      const { name, form, rest } = takeApart(plain(text));
      return { value: [name, drop ? '' : form, rest].filter((part) => part !== '').join(' ') };
    };
  },
  examples: [
    { input: '北京小米科技有限责任公司', output: '北京小米科技 有限公司' },
    { input: ' 北京小米科技 有限公司', output: '北京小米科技 有限公司' },
    { input: '阿里巴巴（中国）有限公司', output: '阿里巴巴中国 有限公司' },
    { input: '阿里巴巴(中国)有限公司', output: '阿里巴巴中国 有限公司' },
    { input: '中国石油化工股份有限公司', output: '中国石油化工 股份有限公司' },
    { input: '海尔（集团）有限公司', output: '海尔集团 有限公司' },
    { input: '海尔集团有限公司', output: '海尔集团 有限公司' },
    { input: '北京小米科技有限责任公司上海分公司', output: '北京小米科技 有限公司 上海分公司' },
    { input: '北京小米科技有限公司（上海分公司）', output: '北京小米科技 有限公司 上海分公司' },
    { args: { form: 'drop' }, input: '北京小米科技有限责任公司上海分公司', output: '北京小米科技 上海分公司' },
    { args: { form: 'drop' }, input: '小米科技', output: '小米科技' },
    { input: '北京第一机床厂', output: '北京第一机床厂' },
    { input: '有限公司', output: '有限公司' },
    { input: 'Acme Trading Co., Ltd.', output: 'acme trading co ltd' },
    { input: 'ＡＣＭＥ TRADING COMPANY LIMITED', output: 'acme trading co ltd' },
    { args: { form: 'drop' }, input: 'Acme Trading Co., Ltd.', output: 'acme trading' },
    { input: 'Müller GmbH & Co. KG', output: 'müller gmbh & co kg' },
    { args: { form: 'drop' }, input: 'Limited', output: 'ltd' },
  ],
};

function plain(text: string): string {
  return text
    .normalize('NFKC')
    .toLowerCase()
    .replace(BRACKETS, ' ')
    .replace(QUOTES, '')
    .replace(/\s+/g, ' ')
    .replace(CJK_SPACE, '')
    .trim()
    .normalize('NFKC');
}

function takeApart(text: string): Parts {
  const [name = '', form, ...rest] = text.split(CHINESE);
  if (form === undefined) return takeLatinApart(text);
  return { name, form: /责任|責任/.test(form) ? LIMITED : form, rest: rest.join('') };
}

/** A name of nothing but forms keeps its first word as its name. */
function takeLatinApart(text: string): Parts {
  const words = text.split(' ');
  let end = words.length;
  while (end > 1 && (FORMS.has(words[end - 1] ?? '') || isJoined(words, end - 1))) end -= 1;
  const same = words.map((word, index) => (index >= end || index === 0 ? (FORMS.get(word) ?? word) : word));
  return { name: same.slice(0, end).join(' '), form: same.slice(end).join(' '), rest: '' };
}

/** The & of GmbH & Co. KG. */
function isJoined(words: readonly string[], index: number): boolean {
  return words[index] === '&' && FORMS.has(words[index - 1] ?? '') && FORMS.has(words[index + 1] ?? '');
}
