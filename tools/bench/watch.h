/* Watch: the CPU time that named processes and their children use between two moments. One thread. Knows Linux's /proc.
 */
#pragma once

#include <stdbool.h>
#include <stdio.h>

enum { WATCH_MOST = 8 };

struct watch {
    const char *label;
    int pid;
    double seconds; /* at watches_begin; then what was used until watches_end */
};

struct watches {
    struct watch watch[WATCH_MOST];
    int n;
    double self;
};

/* Of a table of options. Takes "label:pid"; the text stays the caller's and is changed. False: not of that form, or one
 * too many. */
bool watches_add(void *watches, char *label_pid);

void watches_begin(struct watches *w);
void watches_end(struct watches *w);

/* {"client":…,"label":…} in seconds; "client" is this process. */
void watches_put(const struct watches *w, FILE *to);
