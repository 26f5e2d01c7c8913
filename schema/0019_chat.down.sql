-- Takes back the numbers of what is said in conversations, and how far they have been answered.
drop function practice.tell_chat;
drop function practice.chat_message_json;
drop function practice.chat_session_json;
drop index practice.chat_sessions_unanswered;
alter table practice.chat_messages drop constraint chat_messages_seq, drop column seq;
alter table practice.chat_sessions drop column epoch, drop column ended_seq, drop column asked, drop column answered;
