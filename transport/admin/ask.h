/* Ask: how a command gets its answer from the workers. All of it waits, together no longer than ADMIN_WORKER_WAIT_MS
 * for each call; who has not answered by then is named in the answer's `silent`. Thread of the admin only. `see` runs
 * on the worker's thread; see survey.h. */
#pragma once

#include "transport/admin/command.h"
#include "transport/admin/survey.h"

/* Asks every worker; ret has room for ADMIN_WORKERS_MAX. The caller frees with survey_free(ret, number of workers),
 * which is what this returns. */
int ask_all(const struct admin_call *call, survey_see *see, const void *question, size_t size,
            struct survey_answer *ret);

/* Asks one. False with a sentence in why if it is silent. The caller frees with survey_free(ret, 1) in either case. */
bool ask_one(const struct admin_call *call, int worker, survey_see *see, const void *question, size_t size,
             struct survey_answer *ret, struct buf *why);

/* Asks every worker for rows (JSON values, comma separated, no brackets) and writes them all as one array. */
void ask_rows(const struct admin_call *call, survey_see *see, const void *question, size_t size, struct json *data);

/* As many rows were left out. */
void ask_left_off(const struct admin_call *call, int64_t rows);

/* There is more to come: a client that follows asks the same command again after so long, with this argument instead
 * of what it gave; call it once for each of them. */
void ask_again(const struct admin_call *call, int64_t after_ms, const char *argument);

/* Asks every worker for a ranking_answer (ranking.h) and writes the `most` highest rows as one array; the rest is left
 * off. */
void ask_ranked(const struct admin_call *call, survey_see *see, const void *question, size_t size, size_t most,
                struct json *data);
