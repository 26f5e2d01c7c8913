/* Top's screen: a terminal that shows pages and gives keys, by ncurses. It is restored whatever ends the command short
 * of SIGKILL. Main thread; one screen. */
#pragma once

#include "tools/top/page.h"

/* Takes the terminal over. False with a sentence in why: there is none, or it cannot move its cursor. */
bool top_screen_open(const char **ret_why);
void top_screen_close(void);

/* Shows the page, whose size top_screen_size has said. */
void top_screen_show(const struct page *p);
void top_screen_size(int *ret_width, int *ret_height);
/* The terminal has another size; or something else has written to it. */
void top_screen_resized(void);
void top_screen_again(void);
/* Gives the terminal back while the command is stopped; top_screen_again takes it. */
void top_screen_leave(void);

/* The next key as keys.h names it, 0: none has been pressed. */
uint32_t top_screen_key(void);
