// The example that opens the configuration reference. A test loads it.

export const EXAMPLE_TRIBUTARY = `project: example-company
connections:
  erp: { kind: file, path: ./exports/erp }
  oa: { kind: file, path: ./exports/oa }
  crm: { kind: postgres, url: "\${env:CRM_URL:-postgres://localhost/crm}", schema: crm }
objects:
  account:
    destination: crm
    fields:
      external_id: { type: text, strong: true, required: true }
      name: { type: text, required: true }
      email: { type: email }
      phone: { type: phone, conflict: fill_empty }
      status: { type: text }
      owner: { type: reference, object: owner, by: employee_no, column: owner_id }
      credit_limit: { type: decimal, resolve: { rank: [erp, oa] } }
      street: { type: text }
      city: { type: text }
    groups: { address: [street, city] }
    match: [external_id, email]
    deletes: { deactivate: { status: inactive } }
    gate: { deletes: 5%, first_run: approve, expires: 72h }
  owner:
    destination: crm
    fields:
      employee_no: { type: text, strong: true, required: true }
      name: { type: text }
`;

export const EXAMPLE_SYNC = `sync: erp-customers
from:
  connection: erp
  stream: "customers-*.xml"
  record: export/customers/customer
  key: "@id"
  version: updated_at
to: account
map:
  external_id: "@id"
  name: { from: [full_name, short_name], apply: [squash] }
  email: { from: email, apply: [trim, lower] }
  phone: { from: phone, apply: [{ phone: { region: address.country } }] }
  status: { from: status, codes: { A: active, I: inactive }, unmapped: quarantine }
  owner: sales_rep
check:
  - { field: email, email: true, else: drop_field }
  - { cel: "size(name) > 1", message: name too short }
when: { events: true }
`;
