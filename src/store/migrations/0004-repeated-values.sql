-- Values that must be unique and are not: found when the read is complete.

alter table batch add column repeated bytea;
comment on column batch.repeated is 'ordinals of claims that seal has refused, and those that merge leaves to a person, as a body';
