-- Key hashes leave room for a third flag; the index of fingerprints is taken anew.

update crosswalk set key_hash = key_hash & ~7::bigint where key_hash & 7 <> 0;
update quarantine set key_hash = key_hash & ~7::bigint where key_hash & 7 <> 0;
delete from fingerprint;
delete from fingerprint_revocation;
delete from reservation;
alter table quarantine drop constraint quarantine_resolution_check,
  add constraint quarantine_resolution_check check (resolution in ('accepted', 'gone', 'filtered'));
comment on column quarantine.resolution is
  'accepted: a newer version was; gone: a complete snapshot did not hold it any more; filtered: the stream leaves it out now';
