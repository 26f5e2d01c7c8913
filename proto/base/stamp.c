/* Stamps: conversion both ways. The calendar part of the last second is kept per thread, since stamps come in runs. */
#include "proto/base/stamp.h"

#include <stdio.h>
#include <time.h>

int64_t stamp_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return t.tv_sec * INT64_C(1000000) + t.tv_nsec / 1000;
}

int64_t stamp_monotonic_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * INT64_C(1000) + t.tv_nsec / 1000000;
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

void stamp_put_whole(struct buf *out, int64_t us)
{
    stamp_put(out, us);
    if (us % 1000000 == 0)
        buf_puts(out, ".000000");
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

/* The number that exactly n digits make, -1 if they are none. */
static int digits(const char *p, int n)
{
    int v = 0;
    for (int i = 0; i < n; i++) {
        if (p[i] < '0' || p[i] > '9')
            return -1;
        v = v * 10 + p[i] - '0';
    }
    return v;
}

static int days_of_month(int year, int month)
{
    static const int8_t days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return days[month - 1] + (month == 2 && leap);
}

bool stamp_read_date(struct text t, int32_t *ret_days)
{
    if (t.n != 10 || t.p[4] != '-' || t.p[7] != '-')
        return false;
    int year = digits(t.p, 4), month = digits(t.p + 5, 2), day = digits(t.p + 8, 2);
    if (year < 1 || month < 1 || month > 12 || day < 1 || day > days_of_month(year, month))
        return false;
    struct tm tm = { .tm_year = year - 1900, .tm_mon = month - 1, .tm_mday = day };
    *ret_days = (int32_t)(timegm(&tm) / 86400 - 10957); /* from 1970 to 2000 */
    return true;
}

bool stamp_read_time(struct text t, int32_t *ret_seconds)
{
    if ((t.n != 5 && t.n != 8) || t.p[2] != ':' || (t.n == 8 && t.p[5] != ':'))
        return false;
    int hours = digits(t.p, 2), minutes = digits(t.p + 3, 2), seconds = t.n == 8 ? digits(t.p + 6, 2) : 0;
    if (hours < 0 || hours > 23 || minutes < 0 || minutes > 59 || seconds < 0 || seconds > 59)
        return false;
    *ret_seconds = (hours * 60 + minutes) * 60 + seconds;
    return true;
}

bool stamp_read_clock(struct text t, int32_t *ret_seconds)
{
    static const int most[] = { 23, 59, 59 };
    int32_t sum = 0;
    const char *at = t.p, *end = t.p + t.n;
    for (int i = 0; i < 3; i++) {
        const char *colon = i < 2 ? memchr(at, ':', (size_t)(end - at)) : end;
        int n = colon && colon - at <= 2 && colon > at ? digits(at, (int)(colon - at)) : -1;
        if (n < 0 || n > most[i])
            return false;
        sum = sum * 60 + n;
        at = colon + 1;
    }
    *ret_seconds = sum;
    return true;
}
