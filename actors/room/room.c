/* Room: where one is, and what operators see of its ring. See room.h. */
#include "actors/room/room.h"

#include "actors/runtime/kinds.h"

struct address room_address(const struct system *s, struct room_key room)
{
    struct address a = { .id = room.id };
    for (int i = 0; (a.kind = system_kind_at(s, i)); i++)
        if (a.kind->room && a.kind->room->number == room.kind)
            break;
    return a;
}

void room_put_listener(const struct room *room, int32_t participant, struct json *out)
{
    uint32_t streams = listeners_of(&room->listeners, participant);
    json_int(out, "participant_id", participant);
    json_int(out, "streams", streams);
    json_bool(out, "present", streams > 0);
    json_bool(out, "kicked", false);
}

uint64_t room_ring_bytes(const struct listeners *l)
{
    return l->ring_bytes + l->ring_cap * sizeof *l->ring;
}

/* An event of which nobody was told has an empty frame, and says nothing. */
static void put_event(int64_t seq, const struct shared *frame, bool with_data, struct json *out)
{
    struct text data = shared_data(frame);
    json_begin_object(out, NULL);
    json_int(out, "seq", seq);
    json_str(out, "event", frame->event.name);
    json_int(out, "bytes", frame->n);
    if (with_data && data.p)
        json_raw(out, "data", data);
    else if (with_data)
        json_nil(out, "data");
    json_end_object(out);
}

uint32_t room_recent(const struct listeners *l, uint32_t most, bool data, struct json *out)
{
    uint32_t n = l->ring_n < most ? l->ring_n : most;
    for (int64_t seq = l->ring_last - n + 1; n && seq <= l->ring_last; seq++)
        put_event(seq, listeners_frame(l, seq), data, out);
    return l->ring_n - n;
}

bool room_said(const struct listeners *l, int64_t seq, struct json *out)
{
    if (seq <= l->ring_last - l->ring_n || seq > l->ring_last)
        return false;
    struct text data = shared_data(listeners_frame(l, seq));
    if (data.p)
        json_raw(out, "data", data);
    return data.p;
}
