/* Admin, budgets: what clients share, how much of it one may have, and who was refused for having used it up. */
#include "transport/admin/command.h"

#include "proto/config/config_live.h"
#include "transport/admin/ask.h"
#include "transport/admin/ranking.h"
#include "transport/budgets/budgets.h"

/* ---- budgets ---- */

static void see_refused(struct worker *w, const void *question, struct buf *answer)
{
    for (int b = 0; b < BUDGET_COUNT; b++) {
        uint64_t refused = budget_overs(w, (enum budget)b)->refused;
        buf_put(answer, (const char *)&refused, sizeof refused);
    }
}

static void put_budget(struct json *data, enum budget b, uint64_t refused)
{
    const struct budget_row *row = &budget_rows[b];
    struct config now;
    int64_t most;
    config_in_force(&now);
    memcpy(&most, (const char *)&now + row->at, sizeof most);
    json_begin_object(data, NULL);
    json_str(data, "budget", row->name);
    json_str(data, "per", budget_per_name(row->per));
    json_int_if(data, "most", most, most);
    json_int_if(data, "period_s", budget_period_s(b), budget_period_s(b));
    json_int(data, "refused", (int64_t)refused);
    json_str(data, "about", row->about);
    json_end_object(data);
}

static bool budgets(const struct admin_call *call, struct json *data, struct buf *why)
{
    struct survey_answer answers[WORKERS_MOST];
    uint64_t sum[BUDGET_COUNT] = { 0 }, one[BUDGET_COUNT];
    int n = ask_all(call, see_refused, NULL, 0, answers);
    for (int i = 0; i < n; i++) {
        if (answers[i].text.n != sizeof one || answers[i].text.failed)
            continue;
        memcpy(one, answers[i].text.p, sizeof one);
        for (int b = 0; b < BUDGET_COUNT; b++)
            sum[b] += one[b];
    }
    survey_free(answers, n);
    json_begin_array(data, NULL);
    for (int b = 0; b < BUDGET_COUNT; b++)
        put_budget(data, (enum budget)b, sum[b]);
    json_end_array(data);
    return true;
}

/* ---- budgets over ---- */

struct row {
    int worker;
    enum budget budget;
    struct over over;
};

static void put_over(const void *item, struct json *out)
{
    const struct row *r = item;
    char who[BUDGET_PAYER_MAX];
    payer_put(r->over.who, who);
    json_begin_object(out, NULL);
    json_str(out, "who", who);
    json_str(out, "budget", budget_rows[r->budget].name);
    json_int(out, "times", (int64_t)r->over.times);
    json_time(out, "first", r->over.first);
    json_time(out, "last", r->over.last);
    json_int(out, "worker", r->worker);
    json_end_object(out);
}

static void see_over(struct worker *w, const void *question, struct buf *answer)
{
    struct ranking ranking;
    (void)ranking_init(&ranking, *(const size_t *)question, sizeof(struct row)); /* without memory: all are left off */
    for (int b = 0; b < BUDGET_COUNT; b++) {
        const struct overs *o = budget_overs(w, (enum budget)b);
        for (uint32_t i = 0; i < o->n; i++) {
            struct row row = { worker_index(w), (enum budget)b, o->kept[i] };
            ranking_offer(&ranking, row.over.last, &row);
        }
    }
    ranking_answer(&ranking, put_over, answer);
    ranking_fini(&ranking);
}

static bool over(const struct admin_call *call, struct json *data, struct buf *why)
{
    int64_t top;
    if (!admin_number(call, "--top", 1, ADMIN_ROWS_MAX, ADMIN_ROWS_MAX, &top, why))
        return false;
    size_t most = (size_t)top;
    ask_ranked(call, see_over, &most, sizeof most, most, data);
    return true;
}

/* ---- the table ---- */

const struct admin_command admin_budgets[] = {
    { "budgets", "", "what clients share, how much of it one may have, and how often somebody had used it up", false,
      "[{\"budget\":\"\",\"per|\":\"person|address|all|account|account and address\",\"most?\":1,\"period_s?\":1,\"refused\":1,\"about\":\"\"}]",
      budgets },
    { "budgets", "over [--top N]", "who was refused for that lately; the last one first", false,
      "[{\"who\":\"\",\"budget\":\"\",\"times\":1,\"first\":\"\",\"last\":\"\",\"worker\":1}]", over },
    { 0 },
};
