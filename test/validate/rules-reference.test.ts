import { expect, test } from 'vitest';

import { schemas } from '../../src/config/json-schema.ts';
import { CHECKSUMS } from '../../src/identifiers/checksum.ts';
import { RULE_KINDS } from '../../src/validate/rules/registry.ts';
import { rulesReference } from '../../src/validate/rules-reference.ts';

// Where it is stale: `npx vitest run --project unit test/validate/rules-reference.test.ts -u`
test('the committed reference page is that of the rules', async () => {
  await expect(rulesReference()).toMatchFileSnapshot('../../docs/reference/rules.md');
});

test('the configuration knows every rule, and no other', () => {
  const check = schemas().sync.properties?.['check']?.items?.properties ?? {};
  const kinds = Object.keys(check).filter((key) => !['field', 'else', 'message'].includes(key));
  expect(kinds.toSorted()).toEqual([...RULE_KINDS.keys()].toSorted());
  expect(check['checksum']?.enum).toEqual(Object.keys(CHECKSUMS));
});
