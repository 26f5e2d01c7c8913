-- CLASSROOM_STATE: who is in a session. Index: participants_session_id_user_id_key.
-- takes: path.session_id int4
-- gives: status int4, body json
with s as (select session_id, is_active from sessions where session_id = $1)
select case when exists (table s) then 200 else 404 end,
       case when exists (table s) then (
           select json_build_object('session_id', s.session_id, 'is_active', s.is_active,
               'participants', (
                   select coalesce(json_agg(json_build_object('id', p.participant_id, 'user_id', p.user_id, 'name', u.name,
                                                              'muted', p.is_muted, 'hand_raised', p.hand_raised)
                                            order by p.participant_id), '[]')
                   from participants p join account.users u using (user_id)
                   where p.session_id = $1 and not p.is_kicked and p.left_at is null),
               'active_audio', null)
           from s)
       else json_build_object('detail', 'Session not found') end
