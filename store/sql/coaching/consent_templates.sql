-- COACHING_CONSENT_TEMPLATES: what is proposed to consent to in such a relationship, for its members. Indexes: users_person,
-- relationships_pkey, relationship_members_pkey.
-- takes: caller.user_id int4, path.relationship_id text
-- gives: status int4, body json
-- refuses: RELATIONSHIP_NOT_FOUND, NOT_A_MEMBER
with templates (type, place, id, title, description, scopes) as (values
    ('romantic', 1, 'COUPLE_DEFAULT', 'Default Couple Settings', 'Real-time features, summaries, and mediation',
     '["REALTIME_FEATURES_ONLY", "SUMMARY_SHARED", "MEDIATION_ALLOWED"]'::json),
    ('romantic', 2, 'PRIVATE_COUPLE', 'Private Couple', 'Real-time features only', '["REALTIME_FEATURES_ONLY"]'),
    ('romantic', 3, 'ENHANCED_COUPLE', 'Enhanced Couple', 'All features including transcript storage',
     '["REALTIME_FEATURES_ONLY", "SUMMARY_SHARED", "TRANSCRIPT_STORED", "MEDIATION_ALLOWED"]'),
    ('family', 1, 'FAMILY_DEFAULT', 'Default Family Settings', 'Real-time features and summaries', '["REALTIME_FEATURES_ONLY", "SUMMARY_SHARED"]'),
    ('friend', 1, 'FRIEND_DEFAULT', 'Default Friend Settings', 'Real-time features only', '["REALTIME_FEATURES_ONLY"]'),
    ('date', 1, 'DEFAULT', 'Default Settings', 'Real-time features only', '["REALTIME_FEATURES_ONLY"]'),
    ('other', 1, 'DEFAULT', 'Default Settings', 'Real-time features only', '["REALTIME_FEATURES_ONLY"]')
)
select case when r.id is null then 404 when not member then 403 else 200 end,
       case when r.id is null then json_build_object('detail', format(:'RELATIONSHIP_NOT_FOUND', $2))
            when not member then json_build_object('detail', :'NOT_A_MEMBER')
            else (select json_agg(json_build_object('template_id', t.id, 'title', title, 'description', description, 'scopes', scopes) order by place)
                  from templates t where t.type = coaching.public_type(r.type)) end
from coaching.users u left join coaching.relationships r on r.id = $2, lateral (select coaching.is_member(r.id, u.id) as member) of_it
where u.person_id = $1
