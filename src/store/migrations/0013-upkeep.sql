-- What is kept of a run; since when it is in its phase; what people were told.

alter table run
  add column kept text not null default 'all' check (kept in ('all', 'staged', 'changes', 'nothing')),
  add column phase_at timestamptz not null default now();
comment on column run.kept is
  'all; staged: without what its seal and checkpoint needed; changes: only batches that wrote; nothing: no body and no change set';
comment on column run.phase_at is 'since when it is in its phase';
create index run_kept on run (ended_at) where kept <> 'nothing' and ended_at is not null;
create index crosswalk_ended on crosswalk (observed_at) where operation = 'delete';
create index inbox_done on inbox (done_at) where state = 'done';
create index quarantine_resolved on quarantine (resolved_at) where state = 'resolved';

create table notification (
  event text not null,
  subject text not null,
  body jsonb not null,
  created_at timestamptz not null default now(),
  sent_at timestamptz,
  tries integer not null default 0,
  next_try_at timestamptz not null default now(),
  error text,
  primary key (event, subject)
);
comment on table notification is 'what people are told, once for each subject; removed when it is not so any more';
