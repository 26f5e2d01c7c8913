/* Stamps: conversion both ways. The calendar part of the last second is kept per thread, since stamps come in runs. */
#include "proto/stamp.h"

#include <stdio.h>
#include <time.h>

int64_t stamp_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return t.tv_sec * INT64_C(1000000) + t.tv_nsec / 1000;
}

void stamp_put(struct buf *out, int64_t us)
{
    static _Thread_local time_t last = -1;
    static _Thread_local char calendar[32];
    time_t second = us / 1000000;
    int fraction = (int)(us % 1000000);
    if (second != last) {
        struct tm tm;
        gmtime_r(&second, &tm);
        strftime(calendar, sizeof calendar, "%Y-%m-%dT%H:%M:%S", &tm);
        last = second;
    }
    buf_puts(out, calendar);
    if (!fraction)
        return;
    char digits[7] = ".000000";
    for (int i = 6; fraction; i--, fraction /= 10)
        digits[i] = (char)('0' + fraction % 10);
    buf_put(out, digits, sizeof digits);
}

bool stamp_read(struct text t, int64_t *ret_us)
{
    char copy[32];
    if (!t.p || t.n < 19 || t.n >= sizeof copy)
        return false;
    memcpy(copy, t.p, t.n);
    copy[t.n] = 0;
    struct tm tm = { 0 };
    char separator;
    int read = 0;
    if (sscanf(copy, "%4d-%2d-%2d%c%2d:%2d:%2d%n", &tm.tm_year, &tm.tm_mon, &tm.tm_mday, &separator, &tm.tm_hour,
               &tm.tm_min, &tm.tm_sec, &read) != 7 ||
        (separator != ' ' && separator != 'T'))
        return false;
    tm.tm_year -= 1900;
    tm.tm_mon -= 1;
    int64_t fraction = 0, unit = 100000;
    if (copy[read] == '.')
        for (const char *c = copy + read + 1; *c >= '0' && *c <= '9' && unit; c++, unit /= 10)
            fraction += (*c - '0') * unit;
    *ret_us = timegm(&tm) * INT64_C(1000000) + fraction;
    return true;
}
