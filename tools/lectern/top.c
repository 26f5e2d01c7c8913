/* Top command: `lectern top`, a live view of a running server over its admin socket. Asks, lets the model (top_model.h)
 * make rows of the answer, draws them. One thread: an answer is waited for at most a second, so keys stay live. */
#include "proto/config.h"
#include "tools/lectern/admin_client.h"
#include "tools/lectern/commands.h"
#include "tools/lectern/top_model.h"

#include <locale.h>
#include <ncurses.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { ASK_WAIT_MS = 1000, KEY_WAIT_MS = 100, EVERY_LEAST_MS = 500, EVERY_MOST_MS = 60000, FILTER_MAX = 40, WORDS = 5 };
enum { KEY_ESCAPE = 27, KEY_RETURN = '\n', KEY_BACK = 127, PATH_TEXT_MAX = 256 };

static const struct view {
    const char *title, *words[WORDS];
    const char *open, *key, *rest; /* Enter asks `open ROW[key] rest` */
} views[] = {
    { "workers", { "workers" } },
    { "mailbox", { "actors", "--top", "100", "--by", "mailbox" }, "actor", "address", "state" },
    { "cpu", { "actors", "--top", "100", "--by", "cpu" }, "actor", "address", "state" },
    { "messages", { "actors", "--top", "100", "--by", "messages" }, "actor", "address", "state" },
    { "rooms", { "rooms" }, "room", "room", NULL },
    { "queues", { "queues" } },
    { "db", { "db" } },
    { "latency", { "latency" } },
};
enum { VIEWS = sizeof views / sizeof *views };

static const struct rate {
    const char *title, *key;
    bool of_info; /* else of the workers */
} rates[] = { { "messages/s", "messages_handled", true }, { "turns/s", "loop_turns" }, { "wake-ups/s", "wakeups" } };
enum { RATES = sizeof rates / sizeof *rates };

struct top {
    struct admin_client client;
    json_t *info, *workers, *answer, *opened; /* answers with their envelopes, NULL: none */
    bool reached, paused, help, typing, ended;
    int view, sort, selected;
    int64_t every_ms, asked_ms;
    int64_t counted[RATES];
    double rates[RATES];
    char filter[FILTER_MAX], opening[PATH_TEXT_MAX];
    struct top_table table;
};

static volatile sig_atomic_t interrupted;

static void on_signal(int number)
{
    interrupted = 1;
}

static int64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* ---- asking ---- */

static void ask(struct top *t, json_t **ret, const char *const *words, size_t n)
{
    json_decref(*ret);
    *ret = NULL;
    if (!t->reached)
        return; /* one silence is enough for this round */
    nng_msg *m = admin_client_ask(&t->client, words, n);
    t->reached = m != NULL;
    if (m) {
        *ret = json_loadb(nng_msg_body(m), nng_msg_len(m), 0, NULL);
        nng_msg_free(m);
    }
}

static void count(struct top *t, int64_t ms)
{
    for (int i = 0; i < RATES; i++) {
        int64_t now = top_sum(json_object_get(rates[i].of_info ? t->info : t->workers, "data"), rates[i].key);
        t->rates[i] = top_rate(t->counted[i], now, ms);
        t->counted[i] = now;
    }
}

static void ask_view(struct top *t)
{
    const struct view *v = &views[t->view];
    size_t n = 0;
    while (n < WORDS && v->words[n])
        n++;
    ask(t, &t->answer, v->words, n);
    if (*t->opening) {
        const char *words[] = { v->open, t->opening, v->rest };
        ask(t, &t->opened, words, v->rest ? 3 : 2);
    }
}

static void ask_all(struct top *t)
{
    int64_t before = t->asked_ms;
    t->reached = true;
    ask(t, &t->info, (const char *[]){ "info" }, 1);
    ask(t, &t->workers, (const char *[]){ "workers" }, 1);
    t->asked_ms = now_ms();
    if (t->reached)
        count(t, before ? t->asked_ms - before : 0);
    ask_view(t);
}

/* ---- drawing ---- */

static void draw_header(struct top *t)
{
    char version[TOP_CELL_MAX], state[TOP_CELL_MAX], memory[TOP_CELL_MAX], files[TOP_CELL_MAX];
    const json_t *info = json_object_get(t->info, "data");
    top_cell(json_object_get(info, "version"), version);
    top_cell(json_object_get(info, "state"), state);
    top_cell(json_object_get(info, "resident_bytes"), memory);
    top_cell(json_object_get(info, "open_files"), files);
    if (!t->reached)
        mvprintw(0, 0, "no server answers; asking again");
    else
        mvprintw(0, 0, "lectern %s %s  bytes %s  files %s", version, state, memory, files);
    move(1, 0);
    for (int i = 0; i < RATES; i++)
        printw("%s %.1f  ", rates[i].title, t->rates[i]);
    printw("every %.1fs%s", (double)t->every_ms / 1000, t->paused ? "  paused" : "");
    move(2, 0);
    for (int i = 0; i < VIEWS; i++) {
        attrset(i == t->view ? A_REVERSE : A_NORMAL);
        printw("%d %s", i + 1, views[i].title);
        attrset(A_NORMAL);
        addch(' ');
    }
}

static int width_of(const struct top_table *t, size_t column)
{
    int width = (int)strlen(t->columns[column]);
    char cell[TOP_CELL_MAX];
    for (size_t i = 0; i < t->nrows; i++) {
        top_cell(json_object_get(t->rows[i], t->columns[column]), cell);
        width = (int)strlen(cell) > width ? (int)strlen(cell) : width;
    }
    return width < 32 ? width : 32;
}

static void draw_table(struct top *t, int top, int height)
{
    const struct top_table *a = &t->table;
    int x = 0, first = t->selected >= height - 1 ? t->selected - height + 2 : 0;
    char cell[TOP_CELL_MAX];
    for (size_t c = 0; c < a->ncolumns && x < COLS; c++) {
        int width = width_of(a, c);
        attrset((int)c == t->sort ? A_BOLD | A_UNDERLINE : A_BOLD);
        mvaddnstr(top, x, a->columns[c], COLS - x);
        for (int i = first; i < (int)a->nrows && i - first < height - 1; i++) {
            const json_t *silent = json_object_get(a->rows[i], "answered");
            attrset((i == t->selected ? A_REVERSE : 0) | (json_is_false(silent) ? A_BOLD : 0));
            top_cell(json_object_get(a->rows[i], a->columns[c]), cell);
            mvprintw(top + 1 + i - first, x, "%-*.*s", width < COLS - x ? width : COLS - x, width, cell);
        }
        x += width + 2;
    }
    attrset(A_NORMAL);
}

static void draw_opened(const struct top *t, int top)
{
    const char *key;
    json_t *value;
    char cell[TOP_CELL_MAX];
    snprintf(cell, sizeof cell, "%.*s", TOP_CELL_MAX - 1, t->opening);
    mvaddnstr(top++, 0, cell, COLS);
    json_object_foreach(json_object_get(t->opened, "data"), key, value)
    {
        if (top >= LINES - 1)
            break;
        top_cell(value, cell);
        mvprintw(top, 0, "%-24.24s", key);
        if (COLS > 26)
            mvaddnstr(top, 26, cell, COLS - 26);
        top++;
    }
}

static void draw(struct top *t)
{
    char error[TOP_CELL_MAX];
    const json_t *said = json_object_get(*t->opening ? t->opened : t->answer, "error");
    top_table_fill(&t->table, json_object_get(t->answer, "data"), t->filter, t->sort);
    if (t->selected >= (int)t->table.nrows)
        t->selected = t->table.nrows ? (int)t->table.nrows - 1 : 0;
    erase();
    draw_header(t);
    top_cell(said, error);
    if (t->help)
        mvprintw(
            3, 0,
            "1-8 Tab view  arrows select  < > s sort  / filter\nEnter open  Esc back  p pause  + - interval  q quit");
    else if (said)
        mvaddnstr(3, 0, error, COLS);
    else if (*t->opening)
        draw_opened(t, 3);
    else if (LINES > 5)
        draw_table(t, 3, LINES - 4);
    if (t->typing || *t->filter)
        mvprintw(LINES - 1, 0, "/%s", t->filter);
    refresh();
}

/* ---- keys ---- */

static void type_filter(struct top *t, int key)
{
    size_t n = strlen(t->filter);
    if (key == KEY_RETURN || key == KEY_ESCAPE)
        t->typing = false;
    if (key == KEY_ESCAPE)
        *t->filter = '\0';
    else if ((key == KEY_BACKSPACE || key == KEY_BACK) && n)
        t->filter[n - 1] = '\0';
    else if (key >= ' ' && key < KEY_BACK && n + 1 < FILTER_MAX)
        t->filter[n] = (char)key, t->filter[n + 1] = '\0';
}

static void show_view(struct top *t, int view)
{
    t->view = view;
    t->sort = -1;
    t->selected = 0;
    *t->opening = '\0';
    ask_view(t);
}

static void open_row(struct top *t)
{
    const struct view *v = &views[t->view];
    char cell[TOP_CELL_MAX];
    if (!v->open || t->selected >= (int)t->table.nrows)
        return;
    top_cell(json_object_get(t->table.rows[t->selected], v->key), cell);
    snprintf(t->opening, sizeof t->opening, "%s", cell);
    ask_view(t);
}

static void change_every(struct top *t, int64_t ms)
{
    if (ms >= EVERY_LEAST_MS && ms <= EVERY_MOST_MS)
        t->every_ms = ms;
}

static void go_back(struct top *t)
{
    if (!*t->opening)
        *t->filter = '\0';
    *t->opening = '\0';
    t->help = false;
}

static void obey(struct top *t, int key)
{
    int columns = (int)t->table.ncolumns;
    if (t->typing)
        type_filter(t, key);
    else if (key >= '1' && key < '1' + VIEWS)
        show_view(t, key - '1');
    else
        switch (key) {
        case '\t':
            show_view(t, (t->view + 1) % VIEWS);
            break;
        case KEY_UP:
            t->selected -= t->selected > 0;
            break;
        case KEY_DOWN:
            t->selected++;
            break;
        case 's':
        case '>':
            t->sort = t->sort + 1 < columns ? t->sort + 1 : -1;
            break;
        case '<':
            t->sort = t->sort >= 0 ? t->sort - 1 : columns - 1;
            break;
        case '/':
            t->typing = true;
            break;
        case KEY_RETURN:
            open_row(t);
            break;
        case KEY_ESCAPE:
            go_back(t);
            break;
        case 'p':
            t->paused = !t->paused;
            break;
        case '+':
            change_every(t, t->every_ms * 2);
            break;
        case '-':
            change_every(t, t->every_ms / 2);
            break;
        case '?':
            t->help = !t->help;
            break;
        case 'q':
            t->ended = true;
            break;
        }
}

static int watch(struct top *t)
{
    while (!t->ended && !interrupted) {
        if (!t->paused && (!t->asked_ms || now_ms() - t->asked_ms >= t->every_ms))
            ask_all(t);
        draw(t);
        int key = getch();
        if (key != ERR)
            obey(t, key);
    }
    return 0;
}

static int run(struct top *t)
{
    struct sigaction action = { .sa_handler = on_signal };
    SCREEN *screen = newterm(NULL, stdout, stdin);
    if (!screen)
        return command_refuse("top", "this terminal is not known (see TERM)");
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    cbreak();
    noecho();
    keypad(stdscr, TRUE);
    set_escdelay(KEY_WAIT_MS);
    timeout(KEY_WAIT_MS);
    (void)curs_set(0);
    int code = watch(t);
    endwin();
    delscreen(screen);
    json_decref(t->info);
    json_decref(t->workers);
    json_decref(t->answer);
    json_decref(t->opened);
    return code;
}

int command_top(int argc, char **argv)
{
    struct top t = { .sort = -1, .every_ms = 2000 };
    const char *why;
    if (command_wants_help(argc, argv)) {
        printf(
            "usage: lectern top [--data DIR] [--admin-socket PATH]\n\nA live view of a running server; ? shows the keys.\n");
        return 0;
    }
    if (!config_read(argc, argv, &why))
        return command_refuse("top", why);
    if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
        return command_refuse("top", "needs a terminal; lectern admin prints to anything");
    if (!setlocale(LC_ALL, "") || MB_CUR_MAX == 1)
        (void)setlocale(LC_ALL, "C.UTF-8");
    if (!admin_client_open(&t.client) || nng_socket_set_ms(t.client.socket, NNG_OPT_RECVTIMEO, ASK_WAIT_MS) ||
        nng_socket_set_ms(t.client.socket, NNG_OPT_SENDTIMEO, ASK_WAIT_MS))
        return command_refuse("top", "no server answers in the data folder (is one running? see --data)");
    return run(&t);
}
