/* Summary: see summary.h. */
#include "tools/top/summary.h"

#include <math.h>

static const char *word(const json_t *object, const char *key)
{
    const char *s = json_string_value(json_object_get(object, key));
    return s ? s : "-";
}

static double number(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    return json_is_number(value) ? json_number_value(value) : NAN;
}

static void sum_workers(const struct top *t, struct summary *s)
{
    struct reading reading = top_reading(t, ASK_WORKERS);
    const struct view *v = &views[VIEW_WORKERS];
    size_t i;
    json_t *row;
    s->workers = (int64_t)json_array_size(reading.now);
    s->requests = rows_rate(v, &reading, "requests");
    s->sends = rows_rate(v, &reading, "deliveries");
    s->connections = rows_sum(reading.now, "connections");
    s->streams = rows_sum(reading.now, "streams");
    json_array_foreach(reading.now, i, row)
    {
        double up = number(row, "uptime_s");
        s->silent += json_is_false(json_object_get(row, "answered"));
        s->databases += json_is_boolean(json_object_get(row, "database"));
        s->lost += json_is_false(json_object_get(row, "database"));
        s->uptime_s = isnan(s->uptime_s) || up > s->uptime_s ? up : s->uptime_s;
    }
}

static void sum_rooms(const struct top *t, struct summary *s)
{
    const json_t *rooms = top_data(t, ASK_ROOMS, NULL);
    int64_t left_off = json_integer_value(json_object_get(t->now[ASK_ROOMS].whole, "left_off"));
    int64_t present = rows_sum(rooms, "present");
    struct reading reading = top_reading(t, ASK_ROOMS);
    double events = rows_rate(&views[VIEW_ROOMS], &reading, "seq");
    s->events = isnan(events) && reading.before ? 0 : events;
    s->rooms = rooms ? (int64_t)json_array_size(rooms) + left_off : -1;
    s->people = rooms ? present < 0 ? 0 : present : -1;
    s->more = left_off > 0;
}

static void take_latency(const struct top *t, struct summary *s)
{
    size_t i;
    json_t *row;
    s->p50_ms = s->p99_ms = NAN;
    json_array_foreach(top_data(t, ASK_LATENCY, NULL), i, row)
    {
        if (strcmp(word(row, "stage"), "said_to_sent") != 0 || !(number(row, "count") > 0))
            continue;
        s->p50_ms = number(row, "p50_ms");
        s->p99_ms = number(row, "p99_ms");
    }
}

void summary_make(const struct top *t, struct summary *ret)
{
    const json_t *info = top_data(t, ASK_INFO, NULL), *files = json_object_get(info, "open_files");
    *ret = (struct summary){ .version = word(info, "version"),
                             .state = word(info, "state"),
                             .address = word(info, "address"),
                             .uptime_s = NAN,
                             .resident_bytes = number(info, "resident_bytes"),
                             .files = json_is_integer(files) ? json_integer_value(files) : -1 };
    sum_workers(t, ret);
    sum_rooms(t, ret);
    take_latency(t, ret);
}
