-- Raised hands are a queue: when each was raised. hand_raised says the same in one word, as documented.
alter table classroom.participants add column hand_raised_at timestamp;
update classroom.participants set hand_raised_at = joined_at where hand_raised;
