-- Undoes 0002_classroom.up.sql.
drop schema classroom cascade;

do $$
begin
    execute format('alter role %I in database %I reset search_path', current_user, current_database());
end $$;
