-- A shop, and a CRM beside it. Made up.
begin;

create schema shop;
create table shop.customer (
  id bigint generated always as identity primary key,
  name text not null,
  contact jsonb not null default '{}',
  active boolean not null default true,
  updated_at timestamptz not null default now()
);
create index on shop.customer (updated_at, id);
create table shop."order" (
  id bigint generated always as identity primary key,
  customer_id bigint not null references shop.customer (id),
  ordered_on date not null,
  updated_at timestamptz not null default now()
);
create table shop.order_line (
  order_id bigint references shop."order" (id) on delete cascade,
  line_no integer,
  product text not null,
  quantity integer not null,
  price numeric(12, 2) not null,
  updated_at timestamptz not null default now(),
  primary key (order_id, line_no)
);

-- What a cursor needs: every change moves it.
create function shop.touch() returns trigger language plpgsql as $$
begin
  new.updated_at := now();
  return new;
end $$;
create trigger touch before update on shop.customer for each row execute function shop.touch();
create trigger touch before update on shop."order" for each row execute function shop.touch();
create trigger touch before update on shop.order_line for each row execute function shop.touch();

insert into shop.customer (name, contact)
  select 'Customer ' || n, jsonb_build_object('email', 'Customer' || n || '@example.com', 'city', 'City ' || n % 7)
  from generate_series(1, 50) n;
insert into shop."order" (customer_id, ordered_on)
  select 1 + n % 50, date '2026-10-01' + n % 30 from generate_series(1, 120) n;
insert into shop.order_line (order_id, line_no, product, quantity, price)
  select o, l, 'Product ' || (o * l) % 9, 1 + l, 9.90 * l from generate_series(1, 120) o, generate_series(1, 3) l;

create schema crm;
create table crm.account (
  id bigint generated always as identity primary key,
  external_id text unique,
  name text not null,
  email text,
  city text,
  active boolean not null default true
);
create table crm.sales_order (
  id bigint generated always as identity primary key,
  order_no text unique,
  account_id bigint references crm.account (id),
  amount numeric(14, 2),
  lines integer,
  ordered_on date
);

commit;
