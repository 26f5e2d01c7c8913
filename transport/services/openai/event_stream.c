/* Event stream: see event_stream.h. */
#include "transport/services/openai/event_stream.h"

#include "proto/base/utf8.h"

void event_stream_fini(struct event_stream *s)
{
    buf_fini(&s->line);
    buf_fini(&s->data);
}

static void dispatch(struct event_stream *s, event_stream_said *said, void *arg)
{
    if (s->any)
        said(arg, buf_view(&s->data));
    s->any = false;
    buf_reset(&s->data);
}

/* Lines of data are joined by line feeds. */
static void add_data(struct event_stream *s, struct text value)
{
    if (value.n && *value.p == ' ')
        value = (struct text){ value.p + 1, value.n - 1 };
    if (s->any)
        buf_putc(&s->data, '\n');
    buf_text(&s->data, value);
    s->any = true;
    s->broken = s->data.failed || s->data.n > EVENT_STREAM_MOST;
}

static void end_line(struct event_stream *s, event_stream_said *said, void *arg)
{
    struct text line = buf_view(&s->line);
    if (!s->past_mark)
        line = utf8_past_mark(line);
    s->past_mark = true;
    if (!line.n)
        dispatch(s, said, arg);
    else if (line.n >= 5 && !memcmp(line.p, "data:", 5))
        add_data(s, (struct text){ line.p + 5, line.n - 5 });
    else if (text_is(line, "data"))
        add_data(s, TEXT(""));
    buf_reset(&s->line);
}

static void add_to_line(struct event_stream *s, const char *p, size_t n)
{
    buf_put(&s->line, p, n);
    s->broken = s->line.failed || s->line.n > EVENT_STREAM_MOST;
}

bool event_stream_feed(struct event_stream *s, struct text bytes, event_stream_said *said, void *arg)
{
    const char *p = bytes.p, *end = bytes.p + bytes.n;
    while (p < end && !s->broken) {
        if (s->after_cr && *p == '\n') {
            s->after_cr = false;
            p++;
            continue;
        }
        s->after_cr = false;
        const char *stop = p;
        while (stop < end && *stop != '\n' && *stop != '\r')
            stop++;
        add_to_line(s, p, (size_t)(stop - p));
        if (stop < end && !s->broken) {
            s->after_cr = *stop == '\r';
            end_line(s, said, arg);
        }
        p = stop + 1;
    }
    return !s->broken;
}

bool event_stream_end(struct event_stream *s, event_stream_said *said, void *arg)
{
    if (s->line.n && !s->broken)
        end_line(s, said, arg);
    if (!s->broken)
        dispatch(s, said, arg);
    return !s->broken;
}
