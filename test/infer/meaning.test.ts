import { expect, test } from 'vitest';
import { meaningOf, nearness } from '../../src/infer/meaning.ts';
import { aboutOf, patternOf, stemOf } from '../../src/infer/stream-name.ts';

test.each([
  ['cust_no', 'customer', 'id'],
  ['CustomerNo.', 'customer', 'id'],
  ['客户编号', 'customer', 'id'],
  ['客户ID', 'customer', 'id'],
  ['@id', null, 'id'],
  ['客户名称', 'customer', 'name'],
  ['公司名称', 'customer', 'name'],
  ['姓名', null, 'name'],
  ['手机', null, 'mobile'],
  ['手机号码', null, 'mobile'],
  ['电话', null, 'phone'],
  ['Tel.', null, 'phone'],
  ['联系电话', null, 'phone'],
  ['邮箱', null, 'email'],
  ['E-Mail', null, 'email'],
  ['email_address', null, 'email'],
  ['统一社会信用代码', null, 'uscc'],
  ['地址', null, 'address'],
  ['省份', null, 'province'],
  ['城市', null, 'city'],
  ['部门', null, 'department'],
  ['工号', 'employee', 'id'],
  ['employee_no', 'employee', 'id'],
  ['入职日期', null, 'hired_on'],
  ['修改时间', null, 'updated_at'],
  ['LastModifiedDate', null, 'updated_at'],
  ['ordered_on', 'order', 'date'],
  ['order_date', 'order', 'date'],
  ['account_manager', null, 'owner'],
  ['客户经理', null, 'owner'],
  ['客户等级', null, 'tier'],
  ['zip', null, 'postal_code'],
  ['remarks', null, 'notes'],
  ['whatever', null, null],
])('%s speaks of %s, its %s', (name, entity, attribute) => {
  const meaning = meaningOf(name);
  expect([meaning.entity, meaning.attribute]).toEqual([entity, attribute]);
});

test('words that are not known are kept: they tell one address from another', () => {
  expect(meaningOf('billing_address').others).toEqual(['billing']);
  expect(nearness('phone', 'mobile')).toBeGreaterThan(nearness('phone', 'email'));
});

test.each([
  ['customers-2026-11.xml', 'customers-{date:yyyy-MM}.xml'],
  ['客户20261101.csv', '客户{date:yyyyMMdd}.csv'],
  ['in/2026-11-01/orders.csv', 'in/{date:yyyy-MM-dd}/orders.csv'],
  ['a_20261101120000.json', 'a_{date:yyyyMMddHHmmss}.json'],
  ['orders-4711.csv', 'orders-4711.csv'],
  ['orders-20269999.csv', 'orders-20269999.csv'],
])('%s stands for %s', (name, pattern) => {
  expect(patternOf(name)).toEqual({ pattern, dated: name !== pattern });
});

test.each([
  ['in/Kunden Liste-2026-11.csv.gz', 'kunden-liste'],
  ['通讯录.csv', ''],
])('the letters of %s are %j', (name, stem) => {
  expect(stemOf(name)).toBe(stem);
});

test.each([
  ['export/customers/customer', 'x.xml', 'customer'],
  ['data.employees', 'x.json', 'employee'],
  ['', 'in/orders-2026.csv', 'order'],
  ['', '通讯录.csv', 'contact'],
  ['rows', 'export.json', null],
])('records at %j of %s are about: %s', (record, file, about) => {
  expect(aboutOf(record, file)).toBe(about);
});
