-- Reviews are decided by people: decided ones are kept beside the open one of a key. Pins end, and are kept too.

alter table review
  drop constraint review_sync_no_key_key,
  add column why text;
create unique index review_open on review (sync_no, key) where decided_at is null;
create index review_decided on review (sync_no, key, decided_at) where decided_at is not null;
comment on column review.decision is 'JSON of what was decided, as it was given';

alter table pin
  drop constraint pin_pkey,
  add column id bigint generated always as identity primary key,
  add column ended_at timestamptz,
  add column ended_by text;
create unique index pin_open on pin (record_id, field) where ended_at is null;
comment on column pin.value is 'canonical JSON; of a reference, the value that sources call the other record by';
comment on column pin.ended_by is 'null: it expired';
