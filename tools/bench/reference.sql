-- What the reference server asks of PostgreSQL. Run once per connection; the statements are then called by name.
set search_path = classroom, account;
set client_min_messages = warning;
prepare put_logs (int[], int[], text[], jsonb[], timestamp[], bigint[]) as
    insert into logs (session_id, user_id, event_type, event_details, created_at, seq)
    select * from unnest($1, $2, $3, $4, $5, $6);
prepare put_chat (int[], int[], timestamp[], text[]) as
    insert into chat_messages (session_id, participant_id, timestamp, message)
    select * from unnest($1, $2, $3, $4);
prepare load_participants as select session_id, user_id, participant_id from participants;
prepare load_numbers as select session_id, max(seq) from logs where session_id is not null group by session_id;
