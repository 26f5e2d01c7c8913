/* Zone: see zone.h. */
#include "proto/base/zone.h"

#include <ctype.h>
#include <stdio.h>
#include <strings.h>

const char zone_forms[] =
    "a name such as Asia/Kolkata, or an offset such as UTC, UTC+12, GMT-3 or +05:30 (from -12:00 to "
    "+14:00, east of Greenwich is +)";

/* Without its blanks and with plain minus signs. False if it is too long for an offset. */
static bool squeeze(const char *text, char ret[static ZONE_TEXT_MAX])
{
    static const char minus[] = "\xe2\x88\x92";
    size_t n = 0;
    for (; *text; text++) {
        if (isspace((unsigned char)*text))
            continue;
        if (n + 1 == ZONE_TEXT_MAX)
            return false;
        bool is_minus = !strncmp(text, minus, sizeof minus - 1);
        ret[n++] = is_minus ? '-' : *text;
        text += is_minus ? sizeof minus - 2 : 0;
    }
    ret[n] = 0;
    return true;
}

/* H, HH, HHMM, H:MM or HH:MM. */
static bool read_minutes(const char *digits, int *ret)
{
    size_t n = strspn(digits, "0123456789");
    int hours = 0, minutes = 0;
    char end;
    bool good = (n <= 2 && !digits[n] && sscanf(digits, "%2d%c", &hours, &end) == 1) ||
                (n == 4 && !digits[n] && sscanf(digits, "%2d%2d%c", &hours, &minutes, &end) == 2) ||
                ((n == 1 || n == 2) && digits[n] == ':' && strspn(digits + n + 1, "0123456789") == 2 &&
                 !digits[n + 3] && sscanf(digits, "%2d:%2d%c", &hours, &minutes, &end) == 2);
    *ret = hours * 60 + minutes;
    return good && minutes < 60;
}

bool zone_read_offset(const char *text, char ret[static ZONE_TEXT_MAX])
{
    char squeezed[ZONE_TEXT_MAX];
    int minutes;
    if (!squeeze(text, squeezed))
        return false;
    bool named = !strncasecmp(squeezed, "UTC", 3) || !strncasecmp(squeezed, "GMT", 3);
    const char *offset = squeezed + (named ? 3 : 0), sign = *offset;
    if ((named && !*offset) || !strcasecmp(squeezed, "Z")) {
        strcpy(ret, "UTC");
        return true;
    }
    if ((sign != '+' && sign != '-') || !read_minutes(offset + 1, &minutes) || minutes > (sign == '+' ? 14 : 12) * 60)
        return false;
    if (!minutes)
        strcpy(ret, "UTC");
    else
        snprintf(ret, ZONE_TEXT_MAX, "<%c%02d:%02d>%c%02d:%02d", sign, minutes / 60 % 100, minutes % 60,
                 sign == '+' ? '-' : '+', minutes / 60 % 100, minutes % 60);
    return true;
}
