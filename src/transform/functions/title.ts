import { plainFunction } from './function.ts';

// An apostrophe between letters belongs to the word, but begins a name after a single letter: O'Neill, Women's.
const WORD = /\p{L}[\p{L}\p{M}]*(?:['’][\p{L}\p{M}]+)*/gu;
const NAME = /^(\p{L})(['’])(\p{L})(\p{L}.*)$/u;

export const title = plainFunction(
  {
    name: 'title',
    summary: 'Makes the first letter of each word capital and the others small.',
    examples: [
      { input: 'JOHN SMITH', output: 'John Smith' },
      { input: 'müller-lüdenscheidt', output: 'Müller-Lüdenscheidt' },
      { input: "o'neill", output: "O'Neill" },
      { input: "women's world", output: "Women's World" },
      { input: '上海 acme', output: '上海 Acme' },
      { input: 'MCDONALD', output: 'Mcdonald' },
    ],
  },
  (text) => text.replace(WORD, capitalise),
);

function capitalise(word: string): string {
  const name = NAME.exec(word.toLowerCase());
  if (name === null) return upperFirst(word.toLowerCase());
  const [, initial = '', mark = '', first = '', rest = ''] = name;
  return initial.toUpperCase() + mark + first.toUpperCase() + rest;
}

/** A letter that stands for two, such as ß or ﬁ, becomes a capital and a small one. */
function upperFirst(word: string): string {
  const first = String.fromCodePoint(word.codePointAt(0) ?? 0);
  const [capital = '', ...more] = first.toUpperCase();
  return capital + more.join('').toLowerCase() + word.slice(first.length);
}
