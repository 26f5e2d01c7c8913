/* Raised hands: a queue in which whoever raised a hand first is first. A place is kept while its owner is away. The
 * links are places in the list of people plus one, since that list moves when it grows; 0 is none. */
#include "actors/classroom/command.h"

/* An event names so many of the queue: a room in which thousands raise their hands must not tell each of them all. */
enum { HANDS_TOLD = 256 };

static struct person *person_at(const struct classroom *room, uint32_t place)
{
    return place ? &room->people[place - 1] : NULL;
}

static uint32_t place_of(const struct classroom *room, const struct person *p)
{
    return (uint32_t)(p - room->people) + 1;
}

void hands_raise(struct classroom *room, struct person *p, int64_t at)
{
    struct hands *q = &room->hands;
    if (p->hand.at)
        return;
    p->hand = (struct hand){ .at = at, .before = q->last };
    *(q->last ? &person_at(room, q->last)->hand.after : &q->first) = place_of(room, p);
    q->last = place_of(room, p);
    q->n++;
}

static void hands_lower(struct classroom *room, struct person *p)
{
    struct hands *q = &room->hands;
    if (!p->hand.at)
        return;
    *(p->hand.before ? &person_at(room, p->hand.before)->hand.after : &q->first) = p->hand.after;
    *(p->hand.after ? &person_at(room, p->hand.after)->hand.before : &q->last) = p->hand.before;
    p->hand = (struct hand){ 0 };
    q->n--;
}

static void put_hands(const struct classroom *room, struct json *out, uint32_t most)
{
    json_begin_array(out, "hands");
    for (const struct person *p = person_at(room, room->hands.first); p && most--; p = person_at(room, p->hand.after))
        json_int(out, NULL, p->id);
    json_end_array(out);
}

void hands_put(const struct classroom *room, struct json *out)
{
    put_hands(room, out, UINT32_MAX);
}

void hands_tell(const struct classroom *room, struct json *out)
{
    put_hands(room, out, HANDS_TOLD);
    if (room->hands.n > HANDS_TOLD)
        json_int(out, "hands_more", room->hands.n - HANDS_TOLD);
}

/* ---- the commands ---- */

static enum event event_of(const struct person *p)
{
    return p->hand.at ? EVENT_HAND_RAISED : EVENT_HAND_LOWERED;
}

void class_put_hand(struct buf *data, const struct classroom *room, const struct person *p)
{
    struct json j = room_begin_data(data, event_name(event_of(p)));
    json_int(&j, "participant_id", p->id);
    hands_tell(room, &j);
    json_end_object(&j);
}

/* Says that a hand is up or down now, and writes it. */
static void say_hand(struct command *c, const struct person *p, int64_t at)
{
    struct happening h = {
        .at = at, .user = c->said->caller.user, .log = event_name(event_of(p)), .event = event_of(p)
    };
    struct buf details = { 0 }, data = { 0 };
    person_store(c->room, p, c->turn);
    struct json j = json_into(&details);
    json_begin_object(&j, NULL);
    json_int(&j, "participant_id", p->id);
    json_end_object(&j);
    class_put_hand(&data, c->room, p);
    command_say(c, &h, &details, &data);
}

void command_raise_hand(struct command *c)
{
    int64_t at = room_now(&c->room->base);
    hands_raise(c->room, c->self, at);
    say_hand(c, c->self, at);
    command_ok(c);
}

void command_take_down(struct command *c, struct person *p)
{
    hands_lower(c->room, p);
    say_hand(c, p, room_now(&c->room->base));
}

void command_lower_hand(struct command *c)
{
    command_take_down(c, c->self);
    command_ok(c);
}

void command_lower_other(struct command *c)
{
    command_take_down(c, c->target);
    command_ok(c);
}

/* One gesture: after the first of its events no hand is up any more. */
void command_lower_all(struct command *c)
{
    struct classroom *room = c->room;
    struct person *next, *p = person_at(room, room->hands.first);
    room->hands = (struct hands){ 0 };
    for (; p; p = next) {
        next = person_at(room, p->hand.after);
        p->hand = (struct hand){ 0 };
        say_hand(c, p, room_now(&room->base));
    }
    command_ok(c);
}
