-- PRACTICE_CHAT_OWNER: whose conversation it is, and whether a caller may read it: its student, and teachers. Index:
-- chat_sessions_pkey.
-- takes: arg.session_id int4, caller.role text, caller.account int4
-- gives: may_read bool
select $2 = 'teacher' or student_id = $3 from practice.chat_sessions where id = $1
