-- What the gate said no to is kept from being proposed by whoever else merges the record: value by value, with the claim
-- that proposed it.

create table gate_hold (
  record_id bigint not null,
  field text not null,
  sync_no integer not null,
  key text not null,
  value text not null,
  run_no bigint not null,
  created_at timestamptz not null default now(),
  primary key (record_id, field, sync_no, key)
);
comment on table gate_hold is 'values that were not approved; until their claim has a newer version, or somebody releases it';
comment on column gate_hold.value is 'JSON';
create index gate_hold_claim on gate_hold (sync_no, key);
