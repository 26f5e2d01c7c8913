-- PRACTICE_CHAT_SESSIONS: a page of a student's conversations, newest first. Index: chat_sessions_student.
-- takes: caller.role text, caller.account int4, path.student_id int4, query.skip int4, query.limit int4
-- gives: status int4, body json
-- refuses: CHATS_OF_OTHERS
select case when $1 <> 'teacher' and $2 <> $3 then 403 else 200 end,
       case when $1 <> 'teacher' and $2 <> $3 then json_build_object('detail', :'CHATS_OF_OTHERS')
            else (select coalesce(json_agg(practice.chat_session_json(s) order by s.created_at desc, s.id desc), '[]')
                  from (select * from practice.chat_sessions where student_id = $3
                        order by created_at desc, id desc offset $4 limit $5) s) end
