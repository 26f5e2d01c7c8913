-- COACHING_USER: somebody with whom the caller shares a relationship. Indexes: users_person, users_pkey, relationship_members_user,
-- relationship_members_pkey.
-- takes: caller.user_id int4, path.user_id text
-- gives: status int4, body json
-- refuses: USER_ID_NOT_FOUND, NOT_AUTHORIZED
select case when u.id is null then 404 when related then 200 else 403 end,
       case when u.id is null then json_build_object('detail', format(:'USER_ID_NOT_FOUND', $2))
            when not related then json_build_object('detail', :'NOT_AUTHORIZED')
            else json_build_object('id', u.id, 'email', u.email, 'display_name', u.display_name, 'profile_picture_url', u.profile_picture_url,
                                   'voice_profile_id', (select v.id from coaching.voice_profiles v where v.user_id = u.id)) end
from coaching.users me left join coaching.users u on u.id = $2, lateral (select coaching.related(me.id, u.id) as related) r
where me.person_id = $1
