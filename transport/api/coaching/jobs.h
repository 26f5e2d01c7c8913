/* Jobs: what the coaching area has done by the outbox (coaching contract, sections 8.5 and 9.3): whoever wants it writes a
 * row of that kind into outbox.messages, in the transaction that causes it.
 *   report  {"session_id": TEXT}: the report of a session that has ended
 *   mail    {"invite": TEXT, "generation": NUMBER, "base": "http://…"}: tells somebody that they are invited; the link, with
 *           its token, is made when the mail is sent, and stands in no row */
#pragma once

#include "actors/part.h"

extern const struct part coaching_jobs_part;
