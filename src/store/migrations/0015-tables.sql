-- Sources that cannot be read again: what was read of them is kept with its batch until the run has ended.

alter table batch add column raw bytea;
alter table batch alter column raw set storage external;
comment on column batch.raw is 'new records of the range as they were read, where nobody could read them again; null once the run has ended';
