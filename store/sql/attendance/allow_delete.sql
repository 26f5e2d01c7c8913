-- ATTENDANCE_ALLOW_DELETE: takes an address off the list; no row: it was not there. Index: allowed_emails_email_key.
-- takes: arg.email text
-- gives: email text
delete from attendance.allowed_emails where email = attendance.plain_email($1) returning email
