-- What reads look like, so that the next one can be found unlike them before anything is written.

alter table batch add column profile jsonb;
comment on column batch.profile is 'what its decoded records look like, column by column';

alter table run
  add column profile jsonb,
  add column unexpected jsonb;
comment on column run.profile is 'what the next read is compared with, once this run is delivered';
comment on column run.unexpected is 'sentences: what the run waits for a person with, and what it only says';
