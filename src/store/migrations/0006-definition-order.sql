-- A definition's fields keep their order: it is that of the columns of a file that is written.
alter table definition alter column body type json using body::json;
