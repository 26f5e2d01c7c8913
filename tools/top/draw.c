/* Draw: see draw.h. */
#include "tools/top/draw.h"

#include "tools/top/detail.h"
#include "tools/top/keys.h"
#include "tools/top/summary.h"
#include "tools/top/table.h"

#include <inttypes.h>
#include <math.h>

enum { TALL = 12, KEY_NAMES_WIDTH = 12 }; /* lines from which on the head has all of its own */

/* ---- head ---- */

static void put_word(struct page *p, enum page_style style, const char *word)
{
    page_puts(p, style, word);
    page_puts(p, PAGE_PLAIN, "  ");
}

static void put_figure(struct page *p, const char *name, const struct buf *value)
{
    page_puts(p, PAGE_DIM, name);
    page_puts(p, PAGE_PLAIN, " ");
    (void)page_text(p, PAGE_TITLE, value->n ? buf_view(value) : TEXT("-"), PAGE_WIDTH_MAX);
    page_puts(p, PAGE_PLAIN, "  ");
}

static void put_rate(struct page *p, const char *name, double rate)
{
    struct buf value = { 0 };
    figure_put_rate(&value, rate);
    put_figure(p, name, &value);
    buf_fini(&value);
}

static void put_count(struct page *p, const char *name, int64_t n, bool more)
{
    struct buf value = { 0 };
    if (n >= 0)
        buf_printf(&value, "%" PRId64 "%s", n, more ? "+" : "");
    put_figure(p, name, &value);
    buf_fini(&value);
}

static void put_unit(struct page *p, const char *name, double n, void (*put)(struct buf *out, double n))
{
    struct buf value = { 0 };
    if (!isnan(n))
        put(&value, n);
    put_figure(p, name, &value);
    buf_fini(&value);
}

static void put_ms(struct buf *out, double ms)
{
    buf_printf(out, "%.*f ms", ms < 100 ? 2 : 0, ms);
}

/* The database as the workers have it, and those that say nothing. */
static void put_health(struct page *p, const struct summary *s)
{
    bool serving = !strcmp(s->state, "serving");
    put_word(p, serving ? PAGE_GOOD : PAGE_BAD, s->state);
    if (s->databases)
        put_word(p, s->lost ? PAGE_BAD : PAGE_GOOD, s->lost ? "database DOWN" : "database up");
    if (s->silent)
        page_printf(p, PAGE_BAD, "%" PRId64 " of %" PRId64 " workers SILENT  ", s->silent, s->workers);
}

static void put_rhythm(const struct top *t, struct page *p)
{
    struct buf text = { 0 };
    if (t->paused)
        buf_puts(&text, " PAUSED");
    else
        buf_printf(&text, " every %g s", (double)t->every_ms / 1000);
    page_right(p, t->paused ? PAGE_BAD : PAGE_DIM, buf_view(&text), p->width);
    buf_fini(&text);
    page_next(p);
}

static void put_server(const struct top *t, const struct summary *s, struct page *p)
{
    page_puts(p, PAGE_TITLE, "lectern ");
    put_word(p, PAGE_TITLE, s->version);
    put_health(p, s);
    put_unit(p, "up", s->uptime_s, figure_put_age);
    put_word(p, PAGE_DIM, s->address);
    put_rhythm(t, p);
}

static void put_traffic(const struct summary *s, struct page *p)
{
    put_rate(p, "requests/s", s->requests);
    put_rate(p, "events/s", s->events);
    put_rate(p, "sent/s", s->sends);
    put_unit(p, "said to sent p50", s->p50_ms, put_ms);
    put_unit(p, "p99", s->p99_ms, put_ms);
    page_next(p);
    put_count(p, "connections", s->connections, s->silent > 0);
    put_count(p, "streams", s->streams, s->silent > 0);
    put_count(p, "rooms", s->rooms, s->silent > 0);
    put_count(p, "people", s->people, s->more || s->silent > 0);
    put_unit(p, "memory", s->resident_bytes, figure_put_bytes);
    put_count(p, "files", s->files, false);
    page_next(p);
}

static void put_tab(struct page *p, const struct top *t, int view)
{
    enum page_style style = view == t->view ? PAGE_SELECTED : PAGE_PLAIN;
    if (view < 10)
        page_printf(p, view == t->view ? PAGE_SELECTED : PAGE_KEY, "%d", (view + 1) % 10);
    page_printf(p, style, "%s%s", view < 10 ? " " : "", views[view].title);
    page_puts(p, PAGE_PLAIN, " ");
}

static int tab_width(int view)
{
    return (int)strlen(views[view].title) + (view < 10 ? 3 : 1);
}

/* Those before the present one go if it would not fit. */
static void put_tabs(const struct top *t, struct page *p)
{
    int from = 0, width = 0;
    for (int view = 0; view <= t->view; view++)
        width += top_has(t, view) ? tab_width(view) : 0;
    for (; from < t->view && width > p->width; from++)
        width -= top_has(t, from) ? tab_width(from) : 0;
    for (int view = from; view < VIEWS; view++)
        if (top_has(t, view))
            put_tab(p, t, view);
    page_next(p);
}

static void put_trouble(const struct buf *trouble, struct page *p)
{
    (void)page_text(p, PAGE_BAD, buf_view(trouble), PAGE_WIDTH_MAX);
    page_next(p);
}

static void put_head(const struct top *t, const struct buf *trouble, struct page *p)
{
    struct summary s;
    summary_make(t, &s);
    if (p->height >= TALL || !trouble->n)
        put_server(t, &s, p);
    if (trouble->n)
        put_trouble(trouble, p);
    if (p->height >= TALL)
        put_traffic(&s, p);
    if (p->height > 3 && !t->plain)
        put_tabs(t, p);
}

/* ---- body ---- */

static void put_key(void *arg, const char *names, const char *about)
{
    struct page *p = arg;
    page_puts(p, PAGE_KEY, names);
    page_pad(p, PAGE_PLAIN, KEY_NAMES_WIDTH);
    page_puts(p, PAGE_PLAIN, about);
    page_next(p);
}

static void put_help(const struct top *t, struct page *p)
{
    keys_each(put_key, p);
    page_next(p);
    for (int i = 0; i < VIEWS; i++) {
        page_puts(p, PAGE_KEY, views[i].title);
        page_pad(p, PAGE_PLAIN, KEY_NAMES_WIDTH);
        page_puts(p, PAGE_PLAIN, views[i].about);
        page_puts(p, PAGE_PLAIN, top_has(t, i) ? "" : " (this server has none)");
        page_next(p);
    }
}

/* What is longer than the screen: scrolled by lines, and no further than its end. */
static void put_window(struct top *t, struct page *p, int last)
{
    int room = last - p->line;
    for (int again = 0; again < 2; again++) {
        int line = p->line;
        page_window(p, last, t->line);
        if (t->help)
            put_help(t, p);
        else if (*t->open)
            detail_open(t, p);
        else
            detail_overview(t, p);
        int whole = page_window_end(p), most = whole > room ? whole - room : 0;
        if (t->line <= most)
            return;
        t->line = most;
        page_clear_from(p, line);
    }
}

static void scroll_to_selected(struct top *t, size_t room)
{
    const struct rows *r = &t->rows;
    if (r->selected < t->first)
        t->first = r->selected;
    if (r->selected >= t->first + room)
        t->first = r->selected - room + 1;
    if (t->first + room > r->n)
        t->first = r->n > room ? r->n - room : 0;
}

static void put_notes(const struct top *t, struct page *p)
{
    size_t i;
    json_t *row;
    page_next(p);
    json_array_foreach(top_data(t, ASK_DOCTOR, NULL), i, row)
    {
        page_puts(p, PAGE_TITLE, json_string_value(json_object_get(row, "finding")));
        page_next(p);
        page_puts(p, PAGE_PLAIN, "  ");
        page_puts(p, PAGE_PLAIN, json_string_value(json_object_get(row, "advice")));
        page_next(p);
    }
}

static void put_rows(struct top *t, struct page *p)
{
    const struct view *v = &views[t->view];
    const char *error;
    int room = page_left(p) - 1;
    t->room = room;
    if (!top_data(t, v->ask, &error)) {
        page_puts(p, error ? PAGE_BAD : PAGE_DIM, error ? error : "(not answered yet)");
    } else if (!t->rows.n) {
        page_puts(p, PAGE_DIM, t->rows.all ? "(no row with this text)" : "(none)");
    } else if (room > 0) {
        scroll_to_selected(t, (size_t)room);
        table_draw(p, &t->rows, &t->wishes[t->view], t->first, (size_t)room, true, t->widths);
        if (v->more & ASK_BIT(ASK_DOCTOR))
            put_notes(t, p);
    }
}

static void put_body(struct top *t, struct page *p, int last)
{
    if (t->help || *t->open || views[t->view].ask == ASK_NONE) {
        t->room = last - p->line;
        put_window(t, p, last);
    } else {
        page_window(p, last, 0);
        put_rows(t, p);
    }
}

/* ---- foot ---- */

/* How much of it all is shown. */
static void put_extent(const struct top *t, struct page *p)
{
    enum ask ask = views[t->view].ask;
    struct buf text = { 0 };
    if (ask == ASK_NONE || *t->open || t->help)
        return;
    int64_t off = json_integer_value(json_object_get(t->now[ask].whole, "left_off"));
    if (t->rows.n < t->rows.all)
        buf_printf(&text, "%zu of %zu", t->rows.n, t->rows.all);
    else
        buf_printf(&text, "%zu", t->rows.n);
    if (off)
        buf_printf(&text, ", %" PRId64 " more not asked for", off);
    page_right(p, PAGE_DIM, buf_view(&text), p->width);
    buf_fini(&text);
}

static void put_foot(const struct top *t, struct page *p)
{
    const char *filter = t->wishes[t->view].filter;
    page_go(p, p->height - 1);
    if (t->help) {
        page_puts(p, PAGE_DIM, "? back  arrows scroll");
    } else if (*t->open) {
        page_puts(p, PAGE_TITLE, t->open);
        page_puts(p, PAGE_DIM, "  Esc back  arrows scroll  ? help");
    } else if (t->typing || *filter) {
        page_puts(p, PAGE_KEY, "/");
        page_puts(p, PAGE_TITLE, filter);
        page_puts(p, PAGE_SELECTED, t->typing ? " " : "");
        page_puts(p, PAGE_PLAIN, "  ");
    } else {
        page_puts(p, PAGE_DIM, "? help  / filter  < > sort  Enter open  p pause  q quit");
    }
    put_extent(t, p);
}

void draw(struct top *t, int64_t now_ms, struct page *p)
{
    struct buf trouble = { 0 };
    p->dim = top_trouble(t, now_ms, &trouble);
    put_head(t, &trouble, p);
    int last = p->height > 2 ? p->height - 1 : p->height;
    if (p->line < last)
        put_body(t, p, last);
    if (p->height > 2 && !t->plain)
        put_foot(t, p);
    buf_fini(&trouble);
}
