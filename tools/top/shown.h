/* Shown: text of others made fit for an operator's terminal. Names, titles and reasons come from anybody, so nothing in
 * them may move the cursor, change colours or turn the direction of writing, and a cell is as wide as it says. Control
 * characters, what is not UTF-8 and marks of direction become '?'; invisible joiners are left out. Any thread, after
 * shown_begin. */
#pragma once

#include "proto/base/buf.h"

/* Sets the locale's character type to one of UTF-8, the environment's if it is, so that widths are known. Main thread,
 * before others run. */
void shown_begin(void);

/* Appends the text, at most `columns` wide; one that is cut ends in '~'. Returns how many columns it takes. */
int shown_put(struct buf *out, struct text t, int columns);

/* How many columns the whole text takes. */
int shown_width(struct text t);

/* What comes after so many columns of the text. */
struct text shown_after(struct text t, int columns);

/* The whole text, for where the width does not matter. */
void shown_all(struct buf *out, struct text t);
