-- CLASSROOM_STATE: who is in a session, and what plays, for its creator and for whoever has been in it and was not removed; for
-- everybody where nobody is asked who they are. Indexes: participants_session_id_user_id_key, playback_running.
-- takes: path.session_id int4, caller.user_id int4
-- gives: status int4, body json
-- refuses: SESSION_NOT_FOUND, NOT_IN_SESSION
with s as (select session_id, is_active, created_by from sessions where session_id = $1),
     allowed as (select 1 where $2 is null
                 union all
                 select 1 from s where created_by = $2
                 union all
                 select 1 from participants where session_id = $1 and user_id = $2 and not is_kicked)
select case when not exists (table s) then 404 when not exists (table allowed) then 403 else 200 end,
       case when not exists (table s) then json_build_object('detail', :'SESSION_NOT_FOUND')
            when not exists (table allowed) then json_build_object('detail', :'NOT_IN_SESSION')
            else (
           select json_build_object('session_id', s.session_id, 'is_active', s.is_active,
               'participants', (
                   select coalesce(json_agg(json_build_object('id', p.participant_id, 'user_id', p.user_id, 'name', u.name,
                                                              'muted', p.is_muted, 'hand_raised', p.hand_raised)
                                            order by p.participant_id), '[]')
                   from participants p join account.users u using (user_id)
                   where p.session_id = $1 and not p.is_kicked and p.left_at is null),
               'active_audio', (
                   select json_build_object('audio_id', audio_file_id, 'started_at', iso(started_at))
                   from playback where session_id = $1 and ended_at is null order by started_at desc limit 1))
           from s) end
