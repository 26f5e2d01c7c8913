-- A push token names a device and belongs to one person, the newest who signed in there. Its digest is unique, since a
-- token may be longer than an index takes. The digest depends on the database's encoding alone, which never changes.
create function classroom.token_digest(token text) returns bytea language sql immutable parallel safe as $$
    select sha256(convert_to(token, 'UTF8'))
$$;

delete from classroom.fcm_tokens t using classroom.fcm_tokens newer
where newer.token = t.token
  and (coalesce(newer.last_used, newer.created_at), newer.token_id) > (coalesce(t.last_used, t.created_at), t.token_id);

create unique index fcm_tokens_token on classroom.fcm_tokens (classroom.token_digest(token));
