/* A fake server: see top_help.h. */
#include "top_help.h"

static void take_answer(struct fake *f, enum ask ask)
{
    struct buf text = { 0 };
    if (f->says[ask])
        buf_printf(&text, "{\"v\":1,\"ok\":true,\"data\":%s}", f->says[ask]);
    else
        buf_puts(&text, "{\"v\":1,\"ok\":false,\"error\":\"there is no such thing\"}");
    top_answered(&f->top, buf_view(&text), f->now_ms);
    buf_fini(&text);
}

void fake_answer(struct fake *f)
{
    for (enum ask ask; (ask = top_next(&f->top, f->now_ms)) != ASK_NONE;)
        take_answer(f, ask);
}

void fake_pass(struct fake *f, int64_t ms)
{
    f->now_ms += ms;
    fake_answer(f);
}

void fake_keys(struct fake *f, const char *keys)
{
    for (; *keys; keys++)
        keys_press(&f->top, (uint32_t)*keys);
    fake_answer(f);
}

const char *fake_draw(struct fake *f, int width, int height)
{
    page_begin(&f->page, width, height);
    draw(&f->top, f->now_ms, &f->page);
    buf_reset(&f->shown);
    page_print(&f->page, &f->shown);
    buf_putc(&f->shown, '\0');
    return f->shown.p;
}

void fake_init(struct fake *f)
{
    *f = (struct fake){ .now_ms = 1000 };
    f->says[ASK_HELP] = "[{\"command\":\"info\"},{\"command\":\"slow\"}]";
    f->says[ASK_INFO] = "{\"version\":\"0.1.0\",\"state\":\"serving\",\"pid\":7,\"address\":\"127.0.0.1:1\"}";
    f->says[ASK_WORKERS] = "[{\"worker\":0,\"answered\":true,\"requests\":10,\"database\":true,\"uptime_s\":60},"
                           "{\"worker\":1,\"answered\":true,\"requests\":10,\"database\":true,\"uptime_s\":59}]";
    f->says[ASK_ROOMS] =
        "[{\"room\":1,\"streams\":9,\"present\":4,\"seq\":10},{\"room\":2,\"streams\":5,\"present\":3}]";
    f->says[ASK_ACTORS] = "[{\"address\":\"classroom/1\",\"depth\":3},{\"address\":\"ingress/0\",\"depth\":1}]";
    f->says[ASK_QUEUES] =
        "[{\"queue\":\"asks\",\"depth\":60,\"limit\":64},{\"queue\":\"turns\",\"depth\":0,\"limit\":8}]";
    f->says[ASK_DB] = "[{\"worker\":0,\"kind\":\"read\",\"up\":true}]";
    f->says[ASK_COMMITS] = "[{\"worker\":0,\"refusing\":false}]";
    f->says[ASK_LATENCY] = "[{\"stage\":\"said_to_sent\",\"count\":5,\"p50_ms\":0.5,\"p99_ms\":2}]";
    f->says[ASK_DOCTOR] = "[{\"stage\":\"all\",\"finding\":\"nothing is slow\",\"advice\":\"nothing to do\"}]";
    f->says[ASK_SLOW] = "[]";
    f->says[ASK_ACTOR] = "{\"address\":\"classroom/1\",\"state\":\"parked\"}";
    f->says[ASK_STATE] = "{\"title\":\"\\u001b[2Jmaths\",\"people\":[1,2]}";
    f->says[ASK_ROOM] = "{\"room\":1,\"streams\":9}";
    f->says[ASK_MEMBERS] = "[{\"participant_id\":3,\"name\":\"Zo\\u00eb \\u009b31m\"}]";
    f->says[ASK_EVENTS] =
        "[{\"seq\":1,\"event\":\"chat\",\"data\":{\"text\":\"first\"}},{\"seq\":2,\"event\":\"chat\"}]";
    top_init(&f->top, "/tmp/admin.sock", f->now_ms);
    top_linked(&f->top, true, f->now_ms);
    fake_answer(f);
}

void fake_fini(struct fake *f)
{
    top_fini(&f->top);
    page_fini(&f->page);
    buf_fini(&f->shown);
}
