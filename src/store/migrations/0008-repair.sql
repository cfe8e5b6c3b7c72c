-- Runs that put right what the CRM has changed.

alter table run drop constraint run_kind_check;
alter table run add constraint run_kind_check check (kind in ('snapshot', 'replay', 'repair', 'undo'));
