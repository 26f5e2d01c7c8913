-- What the attendance contract (section 11) wants in the empty database. The tables come with the server's migrations.
create extension if not exists "uuid-ossp";
create extension if not exists pgcrypto;
