-- COACHING_VOICE_LEARN: keeps the embedding that a profile has lacked, unless there is another recording by now. Index: voice_profiles_pkey.
-- takes: arg.profile text, arg.embedding json, arg.digest text
update coaching.voice_profiles set voice_embedding_json = $2
where id = $1 and voice_embedding_json is null and md5(voice_sample_base64) = $3
