-- COACHING_SIGN_UP: an account, of the person given or of a new one, who is let in by an invitation if one of that digest counts. Whoever loses
-- a race breaks users_email or users_person. Indexes: users_email, users_person, account.users_pkey, relationship_invites_token.
-- takes: arg.person int4, body.email text, body.display_name text, arg.hash text, arg.invite_digest text
-- gives: status int4, body json, account text, joined bool
-- refuses: EMAIL_TAKEN, ACCOUNT_EXISTS
with taken as (
    select exists (select from coaching.users where lower(email) = lower($2)) as email,
           exists (select from coaching.users where person_id = $1) as person
), known as (
    select user_id from account.users where user_id = $1 for key share
), fresh as (
    insert into account.users (name) select coalesce(nullif(btrim($3), ''), split_part($2, '@', 1))
    from taken where not email and not person and not exists (table known) returning user_id
), made as (
    insert into coaching.users (person_id, email, display_name, password_hash)
    select p.user_id, coaching.kept_email($2), $3, $4 from (table known union all table fresh) p, taken where not email and not person
    returning id
)
select case when email or person then 400 else 200 end,
       case when email then json_build_object('detail', :'EMAIL_TAKEN') when person then json_build_object('detail', :'ACCOUNT_EXISTS') end,
       made.id, $5 is not null and made.id is not null and coaching.join_by_invite(made.id, $5)
from taken left join made on true
