/* Variety: see variety.h. */
#include "proto/base/variety.h"

#include <ctype.h>
#include <string.h>

enum { DIFFERENT_ENOUGH = 8, PERIOD_MOST = 15, LETTERS_MOST = 1024 };

static size_t different(struct text key)
{
    bool seen[256] = { false };
    size_t n = 0;
    for (size_t i = 0; i < key.n; i++) {
        bool *mark = &seen[(unsigned char)key.p[i]];
        n += !*mark;
        *mark = true;
    }
    return n;
}

static bool repeats(struct text key)
{
    for (size_t period = 1; period <= PERIOD_MOST && period <= key.n / 2; period++) {
        size_t same = 0;
        for (size_t i = period; i < key.n; i++)
            same += key.p[i] == key.p[i - period];
        if (same * 4 >= (key.n - period) * 3)
            return true;
    }
    return false;
}

/* "Change-me_NOW" is changeme all the same. */
static bool is_of_an_example(struct text key)
{
    static const char *const words[] = { "changeme",  "changethis", "changeit",    "replaceme", "replacethis",
                                         "secretkey", "yoursecret", "mysecret",    "jwtsecret", "supersecret",
                                         "topsecret", "yourkey",    "placeholder", "password",  "insecure",
                                         "donotuse",  "letmein",    "qwertyuiop",  "256bit" },
                             *const beginnings[] = { "secret", "default", "example", "development" };
    char letters[LETTERS_MOST];
    size_t n = 0;
    for (size_t i = 0; i < key.n && n < sizeof letters - 1; i++)
        if (isalnum((unsigned char)key.p[i]))
            letters[n++] = (char)tolower((unsigned char)key.p[i]);
    letters[n] = 0;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strstr(letters, words[i]))
            return true;
    for (size_t i = 0; i < sizeof beginnings / sizeof *beginnings; i++)
        if (!strncmp(letters, beginnings[i], strlen(beginnings[i])))
            return true;
    return false;
}

const char *variety_lack(struct text key)
{
    size_t least = key.n / 4 < DIFFERENT_ENOUGH ? key.n / 4 : DIFFERENT_ENOUGH;
    if (different(key) < least)
        return "has hardly any different bytes";
    if (repeats(key))
        return "repeats a short pattern";
    return is_of_an_example(key) ? "is a word of examples" : NULL;
}
