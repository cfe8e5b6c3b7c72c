-- The quarantine is worked on: edits bound to one fingerprint, owners, reminders, and how a record was resolved.

alter table quarantine
  add column resolution text check (resolution in ('accepted', 'gone')),
  add column resolved_at timestamptz,
  add column owner text,
  add column reminded_at timestamptz;
comment on column quarantine.resolution is 'accepted: a newer version was; gone: a complete snapshot did not hold it any more';
comment on column quarantine.owner is 'who looks after it; null: the owner of its sync';

create table quarantine_edit (
  id bigint generated always as identity primary key,
  sync_no integer not null references sync,
  identity text not null,
  fingerprint bigint not null,
  record text not null,
  edited_by text not null,
  why text,
  edited_at timestamptz not null default now(),
  ended_at timestamptz,
  ended_by text
);
comment on table quarantine_edit is 'a record as a person corrected it; it stands in for the raw record with this fingerprint, and for no other';
create unique index quarantine_edit_open on quarantine_edit (sync_no, fingerprint, identity) where ended_at is null;
