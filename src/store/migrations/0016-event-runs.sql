-- What an event run did in all: limits over a sliding day must not sum up every batch of it again and again.

alter table run add column totals jsonb;
comment on column run.totals is 'of an event run that has ended: creates, deletes, nulls by field, validated, rejected';
create index run_events on run (sync_no) where kind = 'event' and outcome is null;
create index inbox_taken on inbox (system, stream) where state = 'taken';
create index run_late on run (ended_at) where kind = 'event';
