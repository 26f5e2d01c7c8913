/* Figure: see figure.h. */
#include "tools/top/figure.h"

#include "tools/top/shown.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

enum { NEARLY_FULL = 80 }; /* percent */

enum figure figure_of_key(const char *key)
{
    static const struct {
        const char *unit;
        enum figure figure;
    } units[] = { { "_bytes", FIGURE_BYTES }, { "_ms", FIGURE_MS }, { "_us", FIGURE_AGE_US }, { "_s", FIGURE_AGE_S } };
    size_t n = strlen(key);
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        size_t tail = strlen(units[i].unit);
        if (n > tail && !strcmp(key + n - tail, units[i].unit))
            return units[i].figure;
    }
    return !strcmp(key, "bytes") ? FIGURE_BYTES : FIGURE_PLAIN;
}

/* ---- units ---- */

static void put_scaled(struct buf *out, double value, double step, const char *units, int decimals)
{
    size_t unit = 0;
    while (value >= step && units[unit + 1]) {
        value /= step;
        unit++;
    }
    buf_printf(out, "%.*f", unit ? 1 : decimals, value);
    if (unit)
        buf_putc(out, units[unit]);
}

void figure_put_rate(struct buf *out, double per_second)
{
    if (isnan(per_second))
        buf_putc(out, '-');
    else if (per_second < 10000)
        buf_printf(out, "%.*f", per_second < 10 ? 1 : 0, per_second);
    else
        put_scaled(out, per_second, 1000, " kMG", 0);
}

void figure_put_bytes(struct buf *out, double bytes)
{
    put_scaled(out, bytes, 1024, " KMGT", 0);
}

static void put_seconds(struct buf *out, double seconds)
{
    if (seconds > 0 && seconds < .001)
        buf_printf(out, "%.0fus", seconds * 1e6);
    else if (seconds > 0 && seconds < 1)
        buf_printf(out, "%.0fms", seconds * 1e3);
    else
        buf_printf(out, seconds > 0 && seconds < 10 ? "%.1fs" : "%.0fs", seconds);
}

void figure_put_age(struct buf *out, double seconds)
{
    int64_t s = (int64_t)seconds, m = s / 60, h = m / 60, d = h / 24;
    if (d)
        buf_printf(out, "%" PRId64 "d%02" PRId64 "h", d, h % 24);
    else if (h)
        buf_printf(out, "%" PRId64 "h%02" PRId64 "m", h, m % 60);
    else if (m)
        buf_printf(out, "%" PRId64 "m%02" PRId64 "s", m, s % 60);
    else
        put_seconds(out, seconds);
}

/* ---- values ---- */

double figure_rate(const struct figure_of *of, const char *key)
{
    const json_t *now = json_object_get(of->now, key), *before = json_object_get(of->before, key);
    double step = json_number_value(now) - json_number_value(before);
    return !json_is_number(now) || !json_is_number(before) || of->ms <= 0 || step < 0 ? NAN
                                                                                      : step * 1000 / (double)of->ms;
}

static double number_of(enum figure figure, const char *key, const struct figure_of *of)
{
    const json_t *value = json_object_get(of->now, key), *limit = json_object_get(of->now, "limit");
    double number = json_is_number(value) ? json_number_value(value) : NAN;
    switch (figure) {
    case FIGURE_PER_SECOND:
        return figure_rate(of, key);
    case FIGURE_LOAD:
        return figure_rate(of, key) / 1e4;
    case FIGURE_SHARE:
        return number * 100;
    case FIGURE_FILL:
        return json_number_value(limit) > 0 ? number * 100 / json_number_value(limit) : NAN;
    case FIGURE_AGE_MS:
        return number / 1e3;
    case FIGURE_AGE_US:
        return number / 1e6;
    default:
        return number;
    }
}

static void put_plain(struct buf *out, const json_t *value)
{
    if (json_is_integer(value))
        buf_int(out, json_integer_value(value));
    else
        buf_printf(out, "%.3f", json_number_value(value));
}

static void put_number(struct buf *out, enum figure figure, double number, const json_t *value)
{
    switch (figure) {
    case FIGURE_PER_SECOND:
        figure_put_rate(out, number);
        break;
    case FIGURE_LOAD:
    case FIGURE_SHARE:
    case FIGURE_FILL:
        buf_printf(out, "%.1f", number);
        break;
    case FIGURE_BYTES:
        figure_put_bytes(out, number);
        break;
    case FIGURE_MS:
        buf_printf(out, "%.*f", number < 100 ? 2 : 0, number);
        break;
    case FIGURE_AGE_MS:
    case FIGURE_AGE_S:
    case FIGURE_AGE_US:
        figure_put_age(out, number);
        break;
    default:
        put_plain(out, value);
    }
}

static void put_other(struct buf *out, const json_t *value)
{
    if (!value || json_is_null(value) || json_is_number(value)) {
        buf_putc(out, '-'); /* a number here is one without what it is compared with */
    } else if (json_is_boolean(value)) {
        buf_puts(out, json_is_true(value) ? "yes" : "no");
    } else if (json_is_string(value)) {
        (void)shown_put(out, (struct text){ json_string_value(value), json_string_length(value) }, FIGURE_TEXT_MAX);
    } else {
        char *text = json_dumps(value, JSON_COMPACT);
        (void)shown_put(out, text_of(text ? text : "?"), FIGURE_TEXT_MAX);
        free(text);
    }
}

/* What is said of true and of false. */
static const char *word_of(enum figure figure, const json_t *value)
{
    if (!json_is_boolean(value))
        return NULL;
    if (figure == FIGURE_ANSWERS)
        return json_is_true(value) ? "yes" : "SILENT";
    return figure == FIGURE_UP ? json_is_true(value) ? "up" : "DOWN" : NULL;
}

/* Into the cell, cut where a character ends. */
static void keep(const struct buf *text, struct figure_cell *ret)
{
    size_t n = text->failed ? 0 : text->n;
    if (n >= sizeof ret->text)
        for (n = sizeof ret->text - 1; n && ((unsigned char)text->p[n] & 0xc0) == 0x80; n--)
            ;
    memcpy(ret->text, text->p ? text->p : "", n);
    ret->text[n] = '\0';
}

void figure_read(enum figure figure, const char *key, const struct figure_of *of, struct figure_cell *ret)
{
    const json_t *value = json_object_get(of->now, key);
    const char *word = word_of(figure, value);
    struct buf text = { 0 };
    ret->number = number_of(figure, key, of);
    ret->is_number = !isnan(ret->number);
    ret->bad = word ? json_is_false(value) : figure == FIGURE_FILL && ret->number >= NEARLY_FULL;
    if (word)
        buf_puts(&text, word);
    else if (ret->is_number)
        put_number(&text, figure, ret->number, value);
    else
        put_other(&text, value);
    keep(&text, ret);
    buf_fini(&text);
}
