/* Keys: see keys.h. */
#include "tools/top/keys.h"

#include <stdio.h>

/* ---- moving ---- */

static void move(struct top *t, int by)
{
    if (t->help || *t->open || views[t->view].ask == ASK_NONE)
        t->line = t->line + by < 0 ? 0 : t->line + by; /* drawing stops at the last line */
    else
        rows_select(&t->rows, &t->wishes[t->view], by);
}

static int screenful(const struct top *t)
{
    return t->room > 1 ? t->room - 1 : 1;
}

static void up(struct top *t)
{
    move(t, -1);
}

static void down(struct top *t)
{
    move(t, 1);
}

static void page_up(struct top *t)
{
    move(t, -screenful(t));
}

static void page_down(struct top *t)
{
    move(t, screenful(t));
}

static void home(struct top *t)
{
    move(t, -ROWS_MAX * 100);
}

static void end(struct top *t)
{
    move(t, ROWS_MAX * 100);
}

static void scroll_left(struct top *t)
{
    size_t *scroll = &t->wishes[t->view].scroll;
    *scroll -= *scroll > 0;
}

static void scroll_right(struct top *t)
{
    size_t *scroll = &t->wishes[t->view].scroll, most = *t->open ? 2 * VIEW_COLUMNS_MAX : t->rows.ncolumns;
    *scroll += *scroll + 2 < most;
}

/* ---- views ---- */

static void turn_view(struct top *t, int by)
{
    int view = t->view;
    do
        view = (view + by + VIEWS) % VIEWS;
    while (!top_has(t, view));
    top_show(t, view);
}

static void next_view(struct top *t)
{
    turn_view(t, 1);
}

static void previous_view(struct top *t)
{
    turn_view(t, -1);
}

/* Enter and Escape on the help page, an open row, a filter, in this order. */
static void enter(struct top *t)
{
    if (t->help)
        t->help = false;
    else if (!*t->open)
        top_open(t);
}

static void back(struct top *t)
{
    if (t->help)
        t->help = false;
    else if (*t->open)
        top_close(t);
    else
        *t->wishes[t->view].filter = '\0';
    t->line = 0;
}

/* ---- order and filter ---- */

/* The server ranks by the column too, so it is asked anew. */
static void sort_further(struct top *t, int by)
{
    const struct view *v = &views[t->view];
    rows_sort_by(&t->rows, &t->wishes[t->view], by);
    if (v->ask != ASK_NONE)
        t->due |= ASK_BIT(v->ask);
}

static void sort_right(struct top *t)
{
    sort_further(t, 1);
}

static void sort_left(struct top *t)
{
    sort_further(t, -1);
}

static void reverse(struct top *t)
{
    t->wishes[t->view].reversed = !t->wishes[t->view].reversed;
}

static void filter(struct top *t)
{
    if (t->help || *t->open || views[t->view].ask == ASK_NONE)
        return;
    t->typing = true;
    memcpy(t->before_typing, t->wishes[t->view].filter, sizeof t->before_typing);
}

static void erase_character(char *s)
{
    size_t n = strlen(s);
    while (n && ((unsigned char)s[--n] & 0xc0) == 0x80)
        ;
    s[n] = '\0';
}

static void add_character(char *s, uint32_t c)
{
    size_t n = strlen(s), more = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    if (n + more >= ROWS_FILTER_MAX)
        return;
    s[n + more] = '\0';
    for (size_t i = more - 1; i; i--, c >>= 6)
        s[n + i] = (char)(0x80 | (c & 0x3f));
    s[n] = (char)(more == 1 ? c : (0xf00 >> more & 0xff) | c);
}

static void type(struct top *t, uint32_t key)
{
    char *s = t->wishes[t->view].filter;
    if (key == KEYS_ENTER || key == KEYS_ESCAPE)
        t->typing = false;
    if (key == KEYS_ESCAPE)
        memcpy(s, t->before_typing, sizeof t->before_typing);
    else if (key == KEYS_ERASE || key == KEYS_DELETE || key == '\b')
        erase_character(s);
    else if (key == 'U' - '@')
        *s = '\0';
    else if (key >= ' ' && key < KEYS_UP)
        add_character(s, key);
}

/* ---- time ---- */

static void pause(struct top *t)
{
    t->paused = !t->paused;
}

static void ask_now(struct top *t)
{
    t->round_ms = -1;
    if (t->paused)
        t->due |= ASK_BIT(ASK_INFO) | ASK_BIT(ASK_WORKERS) | ASK_BIT(ASK_ROOMS) | ASK_BIT(ASK_LATENCY);
}

static void set_every(struct top *t, int64_t ms)
{
    t->every_ms = ms < TOP_EVERY_LEAST_MS ? TOP_EVERY_LEAST_MS : ms > TOP_EVERY_MOST_MS ? TOP_EVERY_MOST_MS : ms;
}

static void slower(struct top *t)
{
    set_every(t, t->every_ms * 2);
}

static void faster(struct top *t)
{
    set_every(t, t->every_ms / 2);
}

static void help(struct top *t)
{
    t->help = !t->help;
    t->line = 0;
}

static void quit(struct top *t)
{
    t->ended = true;
}

/* ---- the table ---- */

enum { KEYS_EACH = 3 };

static const struct {
    void (*press)(struct top *t);
    uint32_t keys[KEYS_EACH];
    const char *names, *about;
} keys[] = {
    { NULL, { 0 }, "1 … 9 0", "the view of that number" },
    { next_view, { '\t' }, "Tab", "the next view" },
    { previous_view, { KEYS_BACK_TAB }, "Shift-Tab", "the one before" },
    { up, { KEYS_UP, 'k' }, "Up k", "the row above, or a line back" },
    { down, { KEYS_DOWN, 'j' }, "Down j", "the row below, or a line on" },
    { page_up, { KEYS_PAGE_UP }, "Page Up", "a screenful of them back" },
    { page_down, { KEYS_PAGE_DOWN }, "Page Down", "a screenful on" },
    { home, { KEYS_HOME, 'g' }, "Home g", "the first" },
    { end, { KEYS_END, 'G' }, "End G", "the last" },
    { scroll_left, { KEYS_LEFT, 'h' }, "Left h", "columns to the left" },
    { scroll_right, { KEYS_RIGHT, 'l' }, "Right l", "columns to the right" },
    { enter, { KEYS_ENTER, '\r' }, "Enter", "open the actor or the room" },
    { back, { KEYS_ESCAPE }, "Esc", "back; without anything open: no filter" },
    { sort_right, { '>', 's' }, "> s", "sort by the next column" },
    { sort_left, { '<' }, "<", "sort by the column before" },
    { reverse, { 'r' }, "r", "the other way around" },
    { filter, { '/' }, "/", "only rows with this text in any column; Enter keeps it, Esc does not" },
    { pause, { 'p' }, "p", "stand still, go on" },
    { ask_now, { ' ' }, "Space", "ask now" },
    { slower, { '+' }, "+", "ask half as often" },
    { faster, { '-' }, "-", "ask twice as often" },
    { help, { '?', KEYS_HELP }, "? F1", "this page" },
    { quit, { 'q', 'Q' }, "q", "the end" },
};
enum { KEYS = sizeof keys / sizeof *keys };

static void press_digit(struct top *t, uint32_t key)
{
    int view = key == '0' ? 9 : (int)(key - '1');
    if (view < VIEWS && top_has(t, view))
        top_show(t, view);
}

static void press(struct top *t, uint32_t key)
{
    if (key >= '0' && key <= '9') {
        t->help = false;
        press_digit(t, key);
    }
    for (int i = 0; i < KEYS; i++)
        for (int k = 0; k < KEYS_EACH && keys[i].press; k++)
            if (key && keys[i].keys[k] == key)
                keys[i].press(t);
}

void keys_press(struct top *t, uint32_t key)
{
    if (t->typing)
        type(t, key);
    else
        press(t, key);
    top_refresh(t);
}

void keys_each(void (*see)(void *arg, const char *names, const char *about), void *arg)
{
    for (int i = 0; i < KEYS; i++)
        see(arg, keys[i].names, keys[i].about);
}
