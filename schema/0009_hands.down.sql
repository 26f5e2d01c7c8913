-- Undoes 0009_hands.up.sql.
alter table classroom.participants drop column hand_raised_at;
