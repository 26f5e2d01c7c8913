/* Options: "--name value" from a table. For the programs of tools/bench, which end with a message when a word is wrong.
 */
#pragma once

#include <stdbool.h>

enum option_kind { OPTION_INT, OPTION_REAL, OPTION_TEXT, OPTION_FLAG, OPTION_CALL };

struct bench_option {
    const char *name;
    enum option_kind kind;
    void *to; /* int, double, const char *, bool; for OPTION_CALL what `call` gets */
    const char *about;
    bool (*call)(void *to, char *value);
};

/* The table ends with an empty row. False: usage has been printed to stderr. */
bool options_read(const struct bench_option *table, int argc, char **argv);
