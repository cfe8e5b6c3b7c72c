-- A read that held just what the index knows leaves the index as it is.

alter table batch add column bad bytea;
comment on column batch.bad is 'key hashes of the range''s records that are quarantined as before, 8 bytes each';
alter table fingerprint add column digest jsonb;
comment on column fingerprint.digest is 'of the records in the part: their number, sums of their fingerprints';
