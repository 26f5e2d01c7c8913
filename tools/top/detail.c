/* Detail: see detail.h. */
#include "tools/top/detail.h"

#include "tools/top/table.h"

#include <stdlib.h>

enum { HOTTEST = 5, WORKERS_MOST = 16, PAIR_WIDTH = 26, JSON_STEP = 8, KIND_WIDTH = 28 };

static void heading(struct page *p, const char *text)
{
    page_next(p);
    page_puts(p, PAGE_TITLE, text);
    page_next(p);
}

static void put_table(struct page *p, const struct view *v, const struct reading *reading, size_t most, size_t scroll)
{
    struct rows r = { 0 };
    struct rows_wish wish = { .scroll = scroll };
    int widths[VIEW_COLUMNS_MAX] = { 0 };
    rows_fill(&r, v, reading, &wish);
    if (r.n) {
        table_draw(p, &r, &wish, 0, most, false, widths);
    } else {
        page_printf(p, PAGE_DIM, reading->now ? "(no %s)" : "(%s not answered yet)", v->title);
        page_next(p);
    }
    rows_fini(&r);
}

/* ---- the overview ---- */

static void put_findings(const struct top *t, struct page *p)
{
    size_t i;
    json_t *row;
    json_array_foreach(top_data(t, ASK_DOCTOR, NULL), i, row)
    {
        const char *finding = json_string_value(json_object_get(row, "finding"));
        const char *advice = json_string_value(json_object_get(row, "advice"));
        page_printf(p, PAGE_PLAIN, "%s; %s", finding ? finding : "-", advice ? advice : "-");
        page_next(p);
    }
}

/* Of the queues only those in which something waits or that have refused something. */
static void put_queues(const struct top *t, struct page *p)
{
    struct reading reading = top_reading(t, ASK_QUEUES);
    json_t *busy = json_array(), *row;
    size_t i;
    json_array_foreach(reading.now, i, row)
    {
        if (json_number_value(json_object_get(row, "depth")) > 0 ||
            json_number_value(json_object_get(row, "refused")) > 0)
            (void)json_array_append(busy, row);
    }
    reading.now = busy;
    if (json_array_size(busy))
        put_table(p, &views[VIEW_QUEUES], &reading, ROWS_MAX, 0);
    else
        page_puts(p, PAGE_DIM,
                  t->now[ASK_QUEUES].whole ? "no queue holds or has refused anything" : "(not answered yet)");
    page_next(p);
    if (!json_array_size(busy))
        page_next(p);
    json_decref(busy);
}

static void put_view(const struct top *t, struct page *p, int view, size_t most)
{
    struct reading reading = top_reading(t, views[view].ask);
    put_table(p, &views[view], &reading, most, 0);
    page_next(p);
}

void detail_overview(const struct top *t, struct page *p)
{
    put_findings(t, p);
    put_view(t, p, VIEW_WORKERS, WORKERS_MOST);
    put_view(t, p, VIEW_ROOMS, HOTTEST);
    put_view(t, p, VIEW_ACTORS, HOTTEST);
    put_queues(t, p);
    put_view(t, p, VIEW_LATENCY, ROWS_MAX);
}

/* ---- what is open ---- */

/* Keys and values, several on a line. */
static void put_pairs(struct page *p, json_t *object)
{
    const char *key;
    json_t *value;
    int x = 0;
    json_object_foreach(object, key, value)
    {
        struct figure_cell cell;
        if (json_is_object(value) || json_is_array(value))
            continue;
        figure_read(figure_of_key(key), key, &(struct figure_of){ .now = object }, &cell);
        int width = shown_width(text_of(key)) + 1 + shown_width(text_of(cell.text));
        int slots = (width + PAIR_WIDTH) / PAIR_WIDTH;
        if (x && x + width > p->width) {
            page_next(p);
            x = 0;
        }
        page_pad(p, PAGE_PLAIN, x);
        page_puts(p, PAGE_DIM, key);
        page_puts(p, PAGE_PLAIN, " ");
        page_puts(p, PAGE_PLAIN, cell.text);
        x += slots * PAIR_WIDTH;
    }
    page_next(p);
}

static void put_json(struct page *p, const json_t *value, size_t scroll)
{
    char *text = json_dumps(value, JSON_INDENT(2) | JSON_ENCODE_ANY | JSON_REAL_PRECISION(6));
    for (const char *line = text, *end; line; line = *end ? end + 1 : NULL) {
        end = strchrnul(line, '\n');
        struct text whole = { line, (size_t)(end - line) };
        (void)page_text(p, PAGE_PLAIN, shown_after(whole, (int)scroll * JSON_STEP), PAGE_WIDTH_MAX);
        page_next(p);
    }
    free(text);
}

/* False with what is wrong, or that nothing has come yet, on the page. */
static bool has(const struct top *t, struct page *p, enum ask ask)
{
    const char *error;
    if (top_data(t, ask, &error))
        return true;
    page_puts(p, error ? PAGE_BAD : PAGE_DIM, error ? error : "(not answered yet)");
    page_next(p);
    return false;
}

static void put_actor(const struct top *t, struct page *p)
{
    if (has(t, p, ASK_ACTOR))
        put_pairs(p, top_data(t, ASK_ACTOR, NULL));
    heading(p, "what it says of itself");
    if (has(t, p, ASK_STATE))
        put_json(p, top_data(t, ASK_STATE, NULL), t->wishes[t->view].scroll);
}

/* What an event says beside its kind; nothing for viewers. */
static void put_event(struct page *p, const json_t *event, size_t scroll)
{
    json_t *says = json_copy(json_object_get(event, "data"));
    const char *kind = json_string_value(json_object_get(event, "event"));
    (void)json_object_del(says, "type");
    char *text = json_is_object(says) ? json_dumps(says, JSON_COMPACT) : NULL;
    page_printf(p, PAGE_PLAIN, "%6lld  ", (long long)json_integer_value(json_object_get(event, "seq")));
    page_puts(p, PAGE_TITLE, kind ? kind : "-");
    page_pad(p, PAGE_PLAIN, KIND_WIDTH);
    page_puts(p, PAGE_PLAIN, " ");
    (void)page_text(p, PAGE_PLAIN, shown_after(text_of(text ? text : ""), (int)scroll * JSON_STEP), PAGE_WIDTH_MAX);
    page_next(p);
    free(text);
    json_decref(says);
}

/* The newest first. */
static void put_events(struct page *p, const json_t *events, size_t scroll)
{
    for (size_t i = json_array_size(events); i; i--)
        put_event(p, json_array_get(events, i - 1), scroll);
    if (!json_array_size(events)) {
        page_puts(p, PAGE_DIM, "(none in memory)");
        page_next(p);
    }
}

static void put_room(const struct top *t, struct page *p)
{
    if (has(t, p, ASK_ROOM))
        put_pairs(p, top_data(t, ASK_ROOM, NULL));
    heading(p, "people");
    struct reading members = top_reading(t, ASK_MEMBERS);
    if (has(t, p, ASK_MEMBERS))
        put_table(p, &view_members, &members, ROWS_MAX, t->wishes[t->view].scroll);
    heading(p, "recent events");
    if (has(t, p, ASK_EVENTS))
        put_events(p, top_data(t, ASK_EVENTS, NULL), t->wishes[t->view].scroll);
}

static void put_connection(const struct top *t, struct page *p)
{
    if (has(t, p, ASK_CONN))
        put_pairs(p, top_data(t, ASK_CONN, NULL));
}

void detail_open(const struct top *t, struct page *p)
{
    static void (*const put[VIEWS])(const struct top *t, struct page *p) = {
        [VIEW_ACTORS] = put_actor, [VIEW_ROOMS] = put_room, [VIEW_CONNS] = put_connection
    };
    if (put[t->view])
        put[t->view](t, p);
}
