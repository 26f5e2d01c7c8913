-- COACHING_SUGGESTIONS: what the members of a relationship could do together. Indexes: users_person, relationship_members_pkey.
-- takes: caller.user_id int4, query.rid text
-- gives: status int4, body json
-- refuses: NO_MEMBER_HERE
with suggestions (place, id, title, description) as (values
    (1, 'daily-check-in', 'Daily Check-in', 'Take 10 minutes a day to tell each other how you are.'),
    (2, 'gratitude-exercise', 'Gratitude Exercise', 'Tell each other three things that you are grateful for.'),
    (3, 'active-listening-practice', 'Active Listening Practice', 'Say in your own words what the other has said before you answer.'),
    (4, 'conflict-resolution-workshop', 'Conflict Resolution Workshop', 'Take a small disagreement, and let each of you speak in turn about it.'),
    (5, 'shared-goal-setting', 'Shared Goal Setting', 'Choose something that you both want, and the first step towards it.')
)
select case when member then 200 else 403 end,
       case when not member then json_build_object('detail', :'NO_MEMBER_HERE')
            else (select json_agg(json_build_object('id', id, 'title', title, 'description', description) order by place) from suggestions) end
from (select exists (select from coaching.users u where u.person_id = $1 and coaching.is_member($2, u.id)) as member) who
