/* Options: see options.h. */
#include "tools/bench/options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct bench_option *find(const struct bench_option *table, const char *word)
{
    if (strncmp(word, "--", 2))
        return NULL;
    for (const struct bench_option *o = table; o->name; o++)
        if (!strcmp(o->name, word + 2))
            return o;
    return NULL;
}

static bool take(const struct bench_option *o, char *value)
{
    char *end = value;
    switch (o->kind) {
    case OPTION_INT:
        *(int *)o->to = (int)strtol(value, &end, 10);
        return *value && !*end;
    case OPTION_REAL:
        *(double *)o->to = strtod(value, &end);
        return *value && !*end;
    case OPTION_TEXT:
        *(const char **)o->to = value;
        return true;
    case OPTION_FLAG:
        *(bool *)o->to = true;
        return true;
    case OPTION_CALL:
        return o->call(o->to, value);
    }
    return false;
}

static void usage(const struct bench_option *table, const char *program, const char *word)
{
    fprintf(stderr, "%s: %s is not understood. Options:\n", program, word);
    for (const struct bench_option *o = table; o->name; o++)
        fprintf(stderr, "  --%-12s %s\n", o->name, o->about);
}

bool options_read(const struct bench_option *table, int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        const struct bench_option *o = find(table, argv[i]);
        bool has_value = o && o->kind != OPTION_FLAG;
        if (!o || (has_value && i + 1 == argc) || !take(o, has_value ? argv[i + 1] : NULL)) {
            usage(table, argv[0], argv[i]);
            return false;
        }
        i += has_value;
    }
    return true;
}
