/* Usage: see usage.h. */
#include "transport/admin/usage.h"

#include <ctype.h>

enum token_kind { TOKEN_END, LITERAL, PLACEHOLDER, REST, OPTION };

struct token {
    enum token_kind kind;
    struct text word;
    struct text value; /* OPTION: the name of its value; absent for a flag */
    bool optional;
};

/* The next word of a usage, brackets around it left out. */
static struct text next_word(const char **at, bool *ret_optional, bool *ret_closed)
{
    *at += strspn(*at, " ");
    *ret_optional = **at == '[';
    *at += **at == '[';
    struct text word = { *at, strcspn(*at, " ") };
    *at += word.n;
    *ret_closed = word.n && word.p[word.n - 1] == ']';
    word.n -= *ret_closed;
    return word;
}

static bool is_option(struct text t)
{
    return t.n > 2 && t.p[0] == '-' && t.p[1] == '-';
}

static bool has_value(const char *at)
{
    return *at == ' ' && at[1] != '[' && strncmp(at + 1, "--", 2) != 0;
}

static struct token next(const char **at)
{
    struct token t = { 0 };
    bool closed, ignored;
    t.word = next_word(at, &t.optional, &closed);
    if (!t.word.n)
        return t;
    if (is_option(t.word)) {
        t.kind = OPTION;
        if (!closed && has_value(*at))
            t.value = next_word(at, &ignored, &closed);
        return t;
    }
    bool rest = t.word.n > 3 && !memcmp(t.word.p + t.word.n - 3, "...", 3);
    bool open = isupper((unsigned char)*t.word.p) || memchr(t.word.p, '|', t.word.n);
    t.kind = rest ? REST : open ? PLACEHOLDER : LITERAL;
    return t;
}

static bool is_choice(struct text choices, const char *word)
{
    if (!choices.p || !memchr(choices.p, '|', choices.n))
        return true;
    for (const char *p = choices.p, *end = p + choices.n; p < end;) {
        const char *bar = memchr(p, '|', (size_t)(end - p));
        size_t n = (size_t)((bar ? bar : end) - p);
        if (text_is((struct text){ p, n }, word))
            return true;
        p += n + 1;
    }
    return false;
}

static struct token find_option(const char *usage, const char *word)
{
    struct token t;
    while ((t = next(&usage)).kind != TOKEN_END && !(t.kind == OPTION && text_is(t.word, word)))
        ;
    return t;
}

static bool take_option(const char *usage, const char *const *words, size_t n, size_t *at, struct admin_call *call,
                        struct buf *why)
{
    const char *name = words[*at], *value = "";
    struct token t = find_option(usage, name);
    if (t.kind == TOKEN_END) {
        buf_printf(why, "%.40s is no option here", name);
        return false;
    }
    if (t.value.p && *at + 1 == n) {
        buf_printf(why, "%s needs %.*s", name, (int)t.value.n, t.value.p);
        return false;
    }
    if (t.value.p)
        value = words[++*at];
    if (!is_choice(t.value, value)) {
        buf_printf(why, "%s is one of %.*s", name, (int)t.value.n, t.value.p);
        return false;
    }
    call->given[call->ngiven++] = (struct admin_given){ name, value };
    return true;
}

static bool takes_rest(const char *usage)
{
    struct token t;
    while ((t = next(&usage)).kind != TOKEN_END && t.kind != REST)
        ;
    return t.kind == REST;
}

/* The word that a row has in the next place; options are not places. */
static struct token next_place(const char **usage)
{
    struct token t;
    while ((t = next(usage)).kind == OPTION)
        ;
    return t;
}

static enum usage place(const char *usage, const char *const *words, size_t n, struct admin_call *call)
{
    struct token t;
    size_t at = 0;
    while ((t = next_place(&usage)).kind != TOKEN_END && t.kind != REST) {
        if (t.kind == LITERAL && (at == n || !text_is(t.word, words[at])))
            return USAGE_OTHER;
        if (at == n)
            return t.optional ? USAGE_FITS : USAGE_WRONG;
        if (t.kind == PLACEHOLDER && !is_choice(t.word, words[at]))
            return USAGE_WRONG;
        if (t.kind == PLACEHOLDER)
            call->args[call->nargs++] = words[at];
        at++;
    }
    if (t.kind != REST)
        return at == n ? USAGE_FITS : USAGE_WRONG;
    if (at == n && !t.optional)
        return USAGE_WRONG;
    while (at < n)
        call->args[call->nargs++] = words[at++];
    return USAGE_FITS;
}

enum usage usage_read(const char *usage, const char *const *words, size_t n, struct admin_call *call, struct buf *why)
{
    const char *places[ADMIN_ARGS_MAX];
    size_t nplaces = 0;
    bool verbatim = takes_rest(usage), fine = true;
    call->nargs = call->ngiven = 0;
    for (size_t i = 0; i < n && fine; i++) {
        if (verbatim || !is_option(text_of(words[i])))
            places[nplaces++] = words[i];
        else
            fine = take_option(usage, words, n, &i, call, why);
    }
    enum usage fits = place(usage, places, nplaces, call);
    if (fine || fits == USAGE_OTHER)
        return fits;
    return USAGE_WRONG;
}

void usage_id(const struct admin_command *row, struct buf *out)
{
    const char *usage = row->args;
    buf_puts(out, row->name);
    for (struct token t; (t = next_place(&usage)).kind != TOKEN_END;) {
        buf_putc(out, ' ');
        buf_text(out, t.word);
    }
}
