-- CLASSROOM_PARTICIPANT_IDS: a block of participant ids, taken in advance.
-- takes: arg.count int4
-- gives: id int8
select nextval('classroom.participants_participant_id_seq') from generate_series(1, $1)
