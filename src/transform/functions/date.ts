import { z } from 'zod';

import { invalid } from '../../expressions/invalid.ts';
import { compileFormat, formatsSchema, joinFormats } from './date-format.ts';
import { parseArgs, type TransformFunction } from './function.ts';

const schema = z.union([formatsSchema, z.strictObject({ format: formatsSchema })], {
  error: 'expected a format such as { format: yyyy/M/d }',
});

export const date: TransformFunction = {
  name: 'date',
  summary:
    'Reads a day in one of the formats (luxon’s tokens: yyyy MM dd M d …) and writes it as YYYY-MM-DD. Days that do not exist are an error.',
  takes: 'text',
  parse: (args) => {
    const parsed = parseArgs('date', schema, args);
    const given = typeof parsed === 'object' && 'format' in parsed ? parsed.format : parsed;
    const formats = [given].flat().map((format) => compileFormat('date', format));
    const dated = formats.find(({ hasOffset }) => hasOffset);
    if (dated !== undefined) throw invalid(`date: the format \`${dated.format}\` has an offset; use datetime`);
    const error = `is not a day of the form ${joinFormats(formats)}`;
    return (text) => {
      const trimmed = text.trim();
      for (const { read } of formats) {
        const stamp = read(trimmed);
        if (stamp !== null) return { value: new Date(stamp.localMs).toISOString().slice(0, 10) };
      }
      return { error };
    };
  },
  examples: [
    { args: { format: 'yyyy-MM-dd' }, input: '2021-02-28', output: '2021-02-28' },
    { args: { format: 'yyyy/M/d' }, input: '2021/2/8', output: '2021-02-08' },
    { args: { format: 'dd.MM.yyyy' }, input: ' 28.02.2021 ', output: '2021-02-28' },
    { args: 'yyyy年M月d日', input: '2021年2月8日', output: '2021-02-08' },
    { args: { format: 'yyyyMMdd' }, input: '20240229', output: '2024-02-29' },
    { args: { format: 'd MMM yyyy' }, input: '8 Feb 2021', output: '2021-02-08' },
    { args: { format: 'M/d/yyyy H:mm' }, input: '2/8/2021 23:59', output: '2021-02-08' },
    { args: { format: ['yyyy-MM-dd', 'yyyy/M/d'] }, input: '2021/2/8', output: '2021-02-08' },
    { args: { format: 'dd.MM.yyyy' }, input: '31.02.2021', error: 'is not a day of the form "dd.MM.yyyy"' },
    { args: { format: 'yyyy-MM-dd' }, input: '2021-2-8', error: 'is not a day of the form "yyyy-MM-dd"' },
    { args: { format: 'yyyy-MM-dd' }, input: '0000-00-00', error: 'is not a day of the form "yyyy-MM-dd"' },
    { args: { format: 'yyyy-MM-dd' }, input: '2021-02-08 extra', error: 'is not a day of the form "yyyy-MM-dd"' },
    {
      args: { format: ['yyyy-MM-dd', 'yyyy/M/d'] },
      input: 'soon',
      error: 'is not a day of the form "yyyy-MM-dd" or "yyyy/M/d"',
    },
  ],
};
