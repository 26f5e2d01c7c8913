-- Undoes 0008_courses.up.sql.
drop schema courses cascade;
delete from account.roles where area = 'courses';
