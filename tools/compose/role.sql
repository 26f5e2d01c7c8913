-- The role of the server: it owns its database and is no superuser. Run by psql in the new container, as its superuser, who has no
-- password from then on and so comes in by the container's own socket only. The password is that of the container's environment.
-- In a database of before, where the server is superuser: create one of another name, and as that `alter role lectern nosuperuser`.
\getenv password POSTGRES_PASSWORD
create role lectern login nosuperuser nocreatedb nocreaterole noreplication password :'password';
alter database :"DBNAME" owner to lectern;
revoke all on database :"DBNAME" from public;
alter role :"USER" password null;
