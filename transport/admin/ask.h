/* Ask: how a command gets its answer from the workers. All of it waits, together no longer than ADMIN_WORKER_WAIT_MS
 * for each call; who has not answered by then is named in the answer's `silent`. Thread of the admin only. `see` runs
 * on the worker's thread; see survey.h. */
#pragma once

#include "store/db.h"
#include "transport/admin/command.h"
#include "transport/admin/survey.h"

enum { ADMIN_WORKER_WAIT_MS = 500 };

/* Parameters of a statement, kept until it runs: at most this many, and a text of at most that length. */
enum { ASK_PARAMS_MAX = 4, ASK_TEXT_MAX = 128 };
struct ask_params {
    int n;
    struct ask_param {
        enum { ASK_NULL, ASK_BOOL, ASK_INT4, ASK_TEXT, ASK_TIME } kind;
        int32_t number;
        int64_t at; /* microseconds since 1970 */
        char text[ASK_TEXT_MAX];
    } list[ASK_PARAMS_MAX];
};

/* Asks every worker; ret has room for WORKERS_MOST. The caller frees with survey_free(ret, number of workers),
 * which is what this returns. */
int ask_all(const struct admin_call *call, survey_see *see, const void *question, size_t size,
            struct survey_answer *ret);

/* Asks one. False with a sentence in why if it is silent. The caller frees with survey_free(ret, 1) in either case. */
bool ask_one(const struct admin_call *call, int worker, survey_see *see, const void *question, size_t size,
             struct survey_answer *ret, struct buf *why);

/* Asks one worker for what comes later, from a callback; see survey_later. False with a sentence in why if it does not
 * come in time. */
bool ask_later(const struct admin_call *call, int worker, survey_start *start, const void *question, size_t size,
               struct survey_answer *ret, struct buf *why);

/* Has worker 0 run a statement and gives its result to `take`, on that worker's thread; what `take` writes is the
 * answer. False with a sentence in why: the database is away, slow, or refuses; what was to be changed may yet be. */
typedef void ask_take(const struct db_result *r, struct buf *answer);
bool ask_database(const struct admin_call *call, const struct statement *st, const struct ask_params *params,
                  ask_take *take, struct survey_answer *ret, struct buf *why);

/* The same for a statement whose one row's first column is the data as JSON; nothing is written if there is no row. */
bool ask_database_json(const struct admin_call *call, const struct statement *st, const struct ask_params *params,
                       struct json *data, struct buf *why);

/* Asks every worker for rows (JSON values, comma separated, no brackets) and writes them all as one array. */
void ask_rows(const struct admin_call *call, survey_see *see, const void *question, size_t size, struct json *data);

/* As many rows were left out. */
void ask_left_off(const struct admin_call *call, int64_t rows);

/* There is no more to come after all, for this reason (static). */
void ask_no_more(const struct admin_call *call, const char *note);

/* There is more to come: a client that follows asks the same command again after so long, with this argument instead
 * of what it gave; call it once for each of them. */
void ask_again(const struct admin_call *call, int64_t after_ms, const char *argument);

/* Asks every worker for a ranking_answer (ranking.h) and writes the `most` highest rows as one array; the rest is left
 * off. */
void ask_ranked(const struct admin_call *call, survey_see *see, const void *question, size_t size, size_t most,
                struct json *data);
