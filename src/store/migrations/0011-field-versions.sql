-- Change events fold field by field: a late one still counts for the fields that no later one speaks of.

alter table crosswalk add column versions text;
comment on column crosswalk.versions is 'JSON of the versions of single fields; null: one record says all that the claim holds';
create index crosswalk_folded on crosswalk (sync_no) where versions is not null;

alter table batch add column folded bytea;
comment on column batch.folded is 'claims that seal folded from several records of the read, by ordinal, as a body';
