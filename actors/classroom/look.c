/* What operators see of a classroom: see classroom_look.h. */
#include "actors/classroom/look.h"

#include "actors/classroom/state.h"

static const struct classroom *room_of(const struct actor *self)
{
    return actor_state((struct actor *)self);
}

struct classroom_glance classroom_glance(const struct actor *self)
{
    const struct classroom *room = room_of(self);
    struct classroom_glance g = { .session = room->id,
                                  .creator = room->creator,
                                  .epoch = room->epoch,
                                  .active = room->active,
                                  .seq = room->seq,
                                  .streams = room->ears.n,
                                  .people = room->npeople,
                                  .ring = room->ears.ring_n,
                                  .ring_bytes = room->ears.ring_bytes + room->ears.ring_cap * sizeof *room->ears.ring };
    for (uint32_t i = 0; i < room->npeople; i++)
        g.present += room->people[i].present;
    return g;
}

void classroom_tell(const struct actor *self, const struct message *m, struct message_told *ret)
{
    room_tell(m, ret);
    const struct person *p = m->kind == MESSAGE_ROOM_LEAVE
                                 ? person_by_id(room_of(self), room_leave((struct message *)m)->participant)
                                 : NULL;
    if (p)
        ret->user = p->user;
}

bool classroom_part_of(const struct actor *self, int32_t user, struct classroom_part *ret)
{
    const struct person *p = person_by_user(room_of(self), user);
    if (!p)
        return false;
    *ret = (struct classroom_part){ p->id, p->streams, p->present, p->muted, p->kicked };
    return true;
}

uint32_t classroom_members(const struct actor *self, uint32_t most, struct json *out)
{
    const struct classroom *room = room_of(self);
    uint32_t n = room->npeople < most ? room->npeople : most;
    for (uint32_t i = 0; i < n; i++) {
        const struct person *p = &room->people[i];
        json_begin_object(out, NULL);
        json_int(out, "participant_id", p->id);
        json_int(out, "user_id", p->user);
        json_str(out, "name", p->name);
        json_bool(out, "is_teacher", p->teacher);
        json_bool(out, "present", p->present);
        json_int(out, "streams", p->streams);
        json_bool(out, "muted", p->muted);
        json_bool(out, "hand_raised", p->hand.at != 0);
        json_bool(out, "kicked", p->kicked);
        json_time(out, "joined_at", p->joined_at);
        json_end_object(out);
    }
    return room->npeople - n;
}

/* The rest of the line that begins with `field`; absent if there is none. */
static struct text line_of(struct text frame, const char *field)
{
    const char *at = memmem(frame.p, frame.n, field, strlen(field));
    if (!at)
        return (struct text){ 0 };
    at += strlen(field);
    const char *end = memchr(at, '\n', (size_t)(frame.p + frame.n - at));
    return (struct text){ at, (size_t)((end ? end : frame.p + frame.n) - at) };
}

/* An event of which nobody was told has an empty frame. */
static void put_event(int64_t seq, struct text frame, bool with_data, struct json *out)
{
    struct text data = line_of(frame, "\ndata: ");
    json_begin_object(out, NULL);
    json_int(out, "seq", seq);
    json_text(out, "event", line_of(frame, "event: "));
    json_int(out, "bytes", (int64_t)frame.n);
    if (with_data && data.p)
        json_raw(out, "data", data);
    else if (with_data)
        json_nil(out, "data");
    json_end_object(out);
}

uint32_t classroom_recent(const struct actor *self, uint32_t most, bool data, struct json *out)
{
    const struct listeners *l = &room_of(self)->ears;
    uint32_t n = l->ring_n < most ? l->ring_n : most;
    for (int64_t seq = l->ring_last - n + 1; n && seq <= l->ring_last; seq++)
        put_event(seq, shared_text(listeners_frame(l, seq)), data, out);
    return l->ring_n - n;
}

bool classroom_said(const struct actor *self, int64_t seq, struct json *out)
{
    const struct listeners *l = &room_of(self)->ears;
    if (seq <= l->ring_last - l->ring_n || seq > l->ring_last)
        return false;
    struct text data = line_of(shared_text(listeners_frame(l, seq)), "\ndata: ");
    if (data.p)
        json_raw(out, "data", data);
    return data.p;
}
