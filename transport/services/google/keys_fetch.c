/* Keys, fetched: one GET by the worker's outbound calls. */
#include "proto/base/log.h"
#include "transport/outbound/outbound.h"
#include "transport/services/google/keys.h"

static void on_answer(void *arg, const struct outbound_answer *a)
{
    bool good = a->end == OUTBOUND_ANSWERED && a->status == 200;
    if (!good && a->end == OUTBOUND_ANSWERED)
        log_warn("Google's keys were not to be had", F_INT("status", a->status));
    else if (!good)
        log_warn("Google's keys were not to be had", F_STR("why", outbound_words(a->end)));
    keys_fetched(arg, good ? a->body : (struct text){ 0 }, outbound_header(a, "cache-control"),
                 outbound_header(a, "age"));
}

void keys_fetch_outbound(struct keys_desk *d, const char *url, void *arg)
{
    static const char *const headers[] = { "Accept: application/json", NULL };
    const struct outbound_request rq = {
        .method = "GET", .url = url, .headers = headers, .total_ms = KEYS_FETCH_MS, .answer_most = JWKS_TEXT_MAX
    };
    enum outbound_end why;
    if (outbound_send(arg, &rq, on_answer, d, &why))
        return;
    log_warn("Google's keys cannot be asked for", F_STR("why", outbound_words(why)));
    keys_fetched(d, (struct text){ 0 }, (struct text){ 0 }, (struct text){ 0 });
}
