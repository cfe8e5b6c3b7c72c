-- Which execution of its workflow carries a run, so that a reset is noticed; and under which name its deliveries are marked
-- where an earlier run has had its id.

alter table run add column execution text, add column marker text;
comment on column run.execution is 'Temporal''s run id of the workflow that carries it; null before the first step';
comment on column run.marker is 'names its deliveries in the destination; null: its id when it was opened';
