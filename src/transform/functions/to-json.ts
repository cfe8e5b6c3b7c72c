import { parseNoArgs, type TransformFunction } from './function.ts';

export const toJson: TransformFunction = {
  name: 'to_json',
  summary:
    'Writes a list as one text, a JSON array. As the first step it also takes objects and lists of them, just as they stand in the record.',
  takes: 'list',
  parse: (args) => {
    parseNoArgs('to_json', args);
    return (list) => ({ value: JSON.stringify(list) });
  },
  examples: [
    { input: ['a', 'b "c"'], output: '["a","b \\"c\\""]' },
    { input: 'a', output: '["a"]' },
  ],
};
