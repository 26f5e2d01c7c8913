/* Top's screen: see top_screen.h. Without colours, what is bad is bold and what is selected reversed, as ever. */
#include "tools/lectern/top_screen.h"

#include "tools/top/keys.h"

#include <ncurses.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <term.h>
#include <termios.h>
#include <unistd.h>

#undef lines /* term.h takes words of everybody's for macros */
#undef columns

enum { ESCAPE_MS = 50, FATAL = 5, RESTORE_MAX = 128 };

static SCREEN *screen;
static attr_t looks[PAGE_STYLES];

/* ---- when the command itself fails ---- */

static const int fatal[FATAL] = { SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT };
static struct sigaction before[FATAL];
static struct termios modes;
static char restore[RESTORE_MAX]; /* what makes the screen the shell's again */
static size_t restore_n;

/* Only what may be called in a signal's handler; then what would have happened without it. */
static void on_fatal(int number)
{
    (void)tcsetattr(STDIN_FILENO, TCSANOW, &modes);
    ssize_t written = write(STDOUT_FILENO, restore, restore_n);
    for (int i = 0; i < FATAL; i++)
        (void)sigaction(fatal[i], &before[i], NULL);
    (void)written;
    raise(number);
}

static void keep_string(const char *capability)
{
    const char *s = tigetstr(capability);
    size_t n = s && s != (char *)-1 ? strlen(s) : 0;
    if (!n || restore_n + n > sizeof restore)
        return;
    memcpy(restore + restore_n, s, n);
    restore_n += n;
}

static void prepare_for_the_worst(void)
{
    struct sigaction action = { .sa_handler = on_fatal };
    static const char *const capabilities[] = { "sgr0", "cnorm", "rmkx", "rmcup" };
    for (size_t i = 0; i < sizeof capabilities / sizeof *capabilities; i++)
        keep_string(capabilities[i]);
    for (int i = 0; i < FATAL; i++)
        (void)sigaction(fatal[i], &action, &before[i]);
}

static void forget_the_worst(void)
{
    for (int i = 0; i < FATAL; i++)
        (void)sigaction(fatal[i], &before[i], NULL);
}

/* ---- taking and giving back ---- */

static void choose_looks(void)
{
    static const struct {
        attr_t plain;
        int colour;
        attr_t bright; /* colour: of the letters, with colours; -1: the terminal's own */
    } each[PAGE_STYLES] = {
        [PAGE_PLAIN] = { A_NORMAL, -1, A_NORMAL },
        [PAGE_DIM] = { A_DIM, -1, A_DIM },
        [PAGE_TITLE] = { A_BOLD, -1, A_BOLD },
        [PAGE_HEAD] = { A_UNDERLINE, COLOR_CYAN, A_UNDERLINE },
        [PAGE_SORTED] = { A_UNDERLINE | A_BOLD, COLOR_CYAN, A_UNDERLINE | A_BOLD },
        [PAGE_SELECTED] = { A_REVERSE, -1, A_REVERSE },
        [PAGE_BAD] = { A_BOLD, COLOR_RED, A_BOLD },
        [PAGE_GOOD] = { A_NORMAL, COLOR_GREEN, A_NORMAL },
        [PAGE_KEY] = { A_BOLD, COLOR_YELLOW, A_NORMAL },
    };
    const char *no = getenv("NO_COLOR");
    bool colours = has_colors() && !(no && *no) && start_color() == OK && use_default_colors() == OK;
    for (int i = 0; i < PAGE_STYLES; i++) {
        if (colours && each[i].colour >= 0)
            (void)init_pair((short)(i + 1), (short)each[i].colour, -1);
        looks[i] = !colours ? each[i].plain : each[i].bright | (each[i].colour >= 0 ? COLOR_PAIR(i + 1) : 0);
    }
}

static bool can_move_cursor(const char *terminal)
{
    int error;
    if (!terminal || setupterm(terminal, STDOUT_FILENO, &error) != OK)
        return false;
    const char *move_cursor = tigetstr("cup");
    bool can = move_cursor && move_cursor != (char *)-1;
    (void)del_curterm(cur_term); /* newterm makes one of its own */
    return can;
}

bool top_screen_open(const char **ret_why)
{
    *ret_why = "standard input and output must be a terminal; --batch N and lectern admin print to anything";
    if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO) || tcgetattr(STDIN_FILENO, &modes))
        return false;
    *ret_why = "this terminal is not known or cannot move its cursor (see TERM); --batch N prints to any";
    if (!can_move_cursor(getenv("TERM")))
        return false;
    screen = newterm(NULL, stdout, stdin);
    if (!screen)
        return false;
    cbreak();
    noecho();
    keypad(stdscr, TRUE);
    nodelay(stdscr, TRUE);
    set_escdelay(ESCAPE_MS);
    (void)curs_set(0);
    choose_looks();
    prepare_for_the_worst();
    return true;
}

void top_screen_close(void)
{
    endwin();
    forget_the_worst();
    delscreen(screen);
    screen = NULL;
}

void top_screen_leave(void)
{
    endwin();
}

void top_screen_again(void)
{
    endwin();
    clearok(curscr, TRUE);
    refresh();
}

void top_screen_resized(void)
{
    struct winsize size;
    if (!ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) && size.ws_row && size.ws_col)
        resizeterm(size.ws_row, size.ws_col);
    clearok(curscr, TRUE);
}

/* ---- showing ---- */

void top_screen_size(int *ret_width, int *ret_height)
{
    *ret_width = COLS;
    *ret_height = LINES;
}

static void show_line(const struct page_line *l, int y)
{
    move(y, 0);
    for (size_t i = 0; i < l->nspans; i++) {
        size_t from = l->spans[i].from, end = i + 1 < l->nspans ? l->spans[i + 1].from : l->text.n;
        attrset(looks[l->spans[i].style]);
        addnstr(l->text.p + from, (int)(end - from));
    }
    attrset(A_NORMAL);
}

void top_screen_show(const struct page *p)
{
    erase();
    for (int y = 0; y < p->height && y < LINES; y++)
        if (p->lines[y].text.n)
            show_line(&p->lines[y], y);
    refresh();
}

/* ---- keys ---- */

static uint32_t named(wint_t key)
{
    static const struct {
        wint_t curses;
        uint32_t ours;
    } names[] = { { KEY_UP, KEYS_UP },           { KEY_DOWN, KEYS_DOWN },     { KEY_LEFT, KEYS_LEFT },
                  { KEY_RIGHT, KEYS_RIGHT },     { KEY_PPAGE, KEYS_PAGE_UP }, { KEY_NPAGE, KEYS_PAGE_DOWN },
                  { KEY_HOME, KEYS_HOME },       { KEY_END, KEYS_END },       { KEY_BTAB, KEYS_BACK_TAB },
                  { KEY_BACKSPACE, KEYS_ERASE }, { KEY_F(1), KEYS_HELP },     { KEY_ENTER, KEYS_ENTER } };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (names[i].curses == key)
            return names[i].ours;
    return KEYS_OTHER;
}

uint32_t top_screen_key(void)
{
    wint_t key;
    int kind = get_wch(&key);
    return kind == ERR ? 0 : kind == KEY_CODE_YES ? named(key) : key ? (uint32_t)key : KEYS_OTHER;
}
