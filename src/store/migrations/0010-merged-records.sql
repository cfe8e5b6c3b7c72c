-- Records that somebody merged into another one in the CRM.

alter table record
  drop constraint record_state_check,
  add constraint record_state_check check (state in ('live', 'deactivated', 'deleted', 'suppressed', 'merged'));
