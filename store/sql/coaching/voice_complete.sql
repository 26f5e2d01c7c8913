-- COACHING_VOICE_COMPLETE: makes the enrolment's recording the caller's profile, which keeps its id; the embedding is that of the recording
-- of then, else null. Once more tells the same. The quality is by the length (coaching contract, section 14.2). Indexes:
-- voice_enrollments_pkey, voice_profiles_user.
-- takes: path.enrollment_id text, caller.user_id int4, arg.embedding json, arg.since text
-- gives: status int4, body json
-- refuses: ENROLLMENT_NOT_FOUND, ENROLLMENT_FORBIDDEN, ENROLLMENT_WITHOUT_AUDIO, ENROLLMENT_COMPLETE
with found as (
    select e.*, u.person_id = $2 as own
    from coaching.voice_enrollments e join coaching.users u on u.id = e.user_id
    where e.id = $1 for update of e
),
made as (
    insert into coaching.voice_profiles as p (user_id, quality_score, voice_sample_base64, voice_embedding_json)
    select user_id, least(0.95, 0.7 + octet_length(decode(sample_base64, 'base64')) / 32000.0 / 10 * 0.25), sample_base64,
           case when updated_at::text = $4 then $3 end
    from found where own and status = 'UPLOADED'
    on conflict (user_id) do update
        set quality_score = excluded.quality_score, voice_sample_base64 = excluded.voice_sample_base64,
            voice_embedding_json = excluded.voice_embedding_json
    returning p.id, p.quality_score
),
done as (
    update coaching.voice_enrollments e
    set status = 'COMPLETED', sample_base64 = null, updated_at = clock_timestamp() at time zone 'utc'
    from made where e.id = $1
),
profile as (
    select id, quality_score from made
    union all
    select p.id, p.quality_score from found f join coaching.voice_profiles p on p.user_id = f.user_id where f.own and f.status = 'COMPLETED'
)
select told.status, case told.status when 200 then json_build_object('voice_profile_id', p.id, 'quality_score', p.quality_score)
                                     else json_build_object('detail', detail) end
from (select) one left join found f on true left join profile p on true
cross join lateral (select * from (values
    (404, :'ENROLLMENT_NOT_FOUND', f.id is null), (403, :'ENROLLMENT_FORBIDDEN', not f.own), (200, null, p.id is not null),
    (400, :'ENROLLMENT_COMPLETE', f.status = 'COMPLETED'), (400, :'ENROLLMENT_WITHOUT_AUDIO', true)) told (status, detail, so)
    where so limit 1) told
