-- Events of source systems: durable here before they are answered, then merged and delivered by event runs.

create table inbox (
  id bigint generated always as identity primary key,
  system text not null,
  stream text not null,
  event_id text not null,
  given boolean not null,
  content_type text not null,
  body bytea not null,
  read bigint not null,
  received_at timestamptz not null default clock_timestamp(),
  state text not null default 'waiting' check (state in ('waiting', 'taken', 'done')),
  run_no bigint,
  batch integer,
  outcome jsonb,
  error jsonb,
  done_at timestamptz,
  unique (system, stream, event_id)
);
comment on column inbox.id is 'the sequence: which of two events of a stream is the later one';
comment on column inbox.given is 'the event id came with the event; otherwise we made it';
comment on column inbox.body is 'as it came: one record or many';
comment on column inbox.read is 'the newest run when it came: what reads began later counts as newer';
comment on column inbox.run_no is 'with batch: which batch of which run holds it';
comment on column inbox.outcome is 'what became of its records, by outcome';
create index inbox_waiting on inbox (system, stream, id) where state = 'waiting';
create index inbox_run on inbox (run_no, batch) where run_no is not null;

create table intake (
  system text not null,
  stream text not null,
  listens_until timestamptz,
  primary key (system, stream)
);
comment on column intake.listens_until is 'an activity watches the inbox until then, at least: nobody has to wake it';

alter table run drop constraint run_kind_check;
alter table run add constraint run_kind_check
  check (kind in ('snapshot', 'incremental', 'backfill', 'event', 'replay', 'repair', 'undo'));
