/* Keys: what each key does, as a table, which the help page is printed from. */
#pragma once

#include "tools/top/top.h"

/* Keys that are no characters. */
enum {
    KEYS_UP = 0x110000,
    KEYS_DOWN,
    KEYS_LEFT,
    KEYS_RIGHT,
    KEYS_PAGE_UP,
    KEYS_PAGE_DOWN,
    KEYS_HOME,
    KEYS_END,
    KEYS_BACK_TAB,
    KEYS_ERASE,
    KEYS_HELP,
    KEYS_OTHER
};
enum { KEYS_ESCAPE = 27, KEYS_ENTER = '\n', KEYS_DELETE = 127 };

/* Obeys a key: a character as its code point, or one of the above. Unknown ones do nothing. */
void keys_press(struct top *t, uint32_t key);

/* The lines of the help page. */
void keys_each(void (*see)(void *arg, const char *names, const char *about), void *arg);
