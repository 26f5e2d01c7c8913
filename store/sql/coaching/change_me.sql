-- COACHING_CHANGE_ME: the caller's profile, as far as it is given. Index: users_person.
-- takes: caller.user_id int4, body.display_name text, body.pronouns text, body.personality_type jsonb, body.communication_style text, body.goals jsonb, body.personal_description text, body.hobbies jsonb, body.birthday date, body.occupation text, body.privacy_tier text, body.profile_picture_url text
-- gives: status int4, body json
update coaching.users u
set display_name = coalesce($2, display_name), pronouns = coalesce($3, pronouns), personality_type = coalesce($4, personality_type),
    communication_style = coalesce(coaching.style_of($5), communication_style), goals = coalesce($6, goals),
    personal_description = coalesce($7, personal_description), hobbies = coalesce($8, hobbies), birthday = coalesce($9, birthday),
    occupation = coalesce($10, occupation), privacy_tier = coalesce($11::coaching.privacy, privacy_tier),
    profile_picture_url = coalesce($12, profile_picture_url), updated_at = now() at time zone 'utc'
where person_id = $1
returning 200, coaching.profile_json(u)
