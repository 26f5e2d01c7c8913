-- ACCOUNT_BY_ID: who somebody is, the roles in all areas as "area:word area:word", since when tokens count, seconds since 1970,
-- what the areas' tokens call them, the sign-ins that have ended besides, their names (16 digits each) one after another, and the
-- sign-in whose streams have outlived the last change.
-- Indexes: users_pkey, roles_pkey, users_user_id_key, users_pkey of courses, jwt_tokens_user.
-- takes: arg.user_id int4
-- gives: name text, roles text, tokens_from int8, profile text, user_name text, ended text, kept text
select u.name,
       concat_ws(' ', 'classroom:' || u.role,
                 (select string_agg(r.area || ':' || r.role, ' ') from account.roles r where r.user_id = u.user_id)),
       extract(epoch from u.tokens_from)::bigint,
       (select a.id::text from attendance.users a where a.user_id = u.user_id),
       (select c.user_name from courses.users c where c.user_id = u.user_id),
       (select string_agg(t.token, '') from classroom.jwt_tokens t
        where t.user_id = u.user_id and t.is_revoked and length(t.token) = 16),
       case when u.kept_from = u.tokens_from then u.kept_sign_in end
from account.users u where u.user_id = $1
