-- COACHING_VOICE_SAMPLE: the recording of a profile, and what tells it from others. Index: voice_profiles_pkey.
-- takes: arg.profile text
-- gives: sample text, digest text
select voice_sample_base64, md5(voice_sample_base64) from coaching.voice_profiles where id = $1 and voice_sample_base64 is not null
