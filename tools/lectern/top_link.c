/* Top's link: see top_link.h. */
#include "tools/lectern/top_link.h"

enum { DIAL_MS = 200 };

bool top_link_open(struct top_link *l)
{
    *l = (struct top_link){ 0 };
    return admin_link_init(&l->link);
}

void top_link_close(struct top_link *l)
{
    admin_link_fini(&l->link);
}

bool top_link_ask(struct top_link *l, const char *const *words, size_t n)
{
    return admin_link_ask(&l->link, words, n);
}

static enum top_link_event dial(struct top_link *l, int64_t now_ms)
{
    if (now_ms < l->dial_ms)
        return TOP_LINK_NOTHING;
    l->dial_ms = now_ms + DIAL_MS;
    if (!admin_link_connect(&l->link, 0))
        return TOP_LINK_NOTHING;
    admin_link_ask_again(&l->link);
    l->linked = true;
    return TOP_LINK_THERE;
}

enum top_link_event top_link_step(struct top_link *l, int64_t now_ms)
{
    if (!l->linked)
        return dial(l, now_ms);
    switch (admin_link_step(&l->link)) {
    case ADMIN_LINK_WAIT:
        return TOP_LINK_NOTHING;
    case ADMIN_LINK_ANSWER:
        return TOP_LINK_ANSWER;
    default:
        l->linked = false;
        return TOP_LINK_GONE;
    }
}

struct pollfd top_link_poll(const struct top_link *l, int64_t now_ms, int64_t *ret_ms)
{
    *ret_ms = l->linked ? -1 : l->dial_ms > now_ms ? l->dial_ms - now_ms : 0;
    return admin_link_poll(&l->link);
}

struct text top_link_answer(const struct top_link *l)
{
    return admin_link_answer(&l->link);
}

bool top_link_is_foreign(const struct top_link *l)
{
    return admin_link_is_foreign(&l->link);
}
