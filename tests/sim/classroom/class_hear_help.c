/* Class hearing: what the app takes from what it hears, and what tests read of it. */
#include "class_help.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* ---- JSON ---- */

bool class_has_key(struct text data, const char *key)
{
    char quoted[32];
    int n = snprintf(quoted, sizeof quoted, "\"%s\":", key);
    return memmem(data.p, data.n, quoted, (size_t)n) != NULL;
}

double class_real_after(struct text data, const char *key)
{
    char quoted[32];
    int n = snprintf(quoted, sizeof quoted, "\"%s\":", key);
    const char *at = memmem(data.p, data.n, quoted, (size_t)n);
    return at ? atof(at + n) : NAN;
}

static int number_after(struct text data, const char *key)
{
    const char *at = memmem(data.p, data.n, key, strlen(key));
    return at ? atoi(at + strlen(key)) : 0;
}

/* " by Ben: hello" */
void class_summarise(struct sim *sim, const struct sim_frame *f, struct buf *out)
{
    const struct fake_person *p = class_person_with_id(sim->store, number_after(f->data, "\"participant_id\":"));
    static const char key[] = "\"text\":\"";
    const char *text = memmem(f->data.p, f->data.n, key, sizeof key - 1);
    if (p)
        buf_printf(out, " by %s", fake_store_user_name(sim->store, p->user));
    if (class_has_key(f->data, "position"))
        buf_printf(out, " at %g x%g", class_real_after(f->data, "position"), class_real_after(f->data, "speed"));
    if (!text || strcmp(f->event, "chat") != 0)
        return;
    text += sizeof key - 1;
    buf_puts(out, ": ");
    buf_put(out, text, strcspn(text, "\""));
}

/* ---- what the app shows ---- */

/* "hands":[101,102] as names. */
static void hear_hands(struct sim *sim, struct class_client *c, const struct sim_frame *f)
{
    static const char key[] = "\"hands\":[";
    const char *at = memmem(f->data.p, f->data.n, key, sizeof key - 1), *end = f->data.p + f->data.n;
    if (!at)
        return;
    buf_reset(&c->hands);
    for (at += sizeof key - 1; at < end && *at != ']'; at += strcspn(at, ",]"), at += *at == ',') {
        const struct fake_person *p = class_person_with_id(sim->store, atoi(at));
        if (p)
            buf_printf(&c->hands, "%s%s", c->hands.n ? " " : "", fake_store_user_name(sim->store, p->user));
    }
}

struct class_shown *class_shown_of(struct class_client *c, int32_t participant)
{
    for (uint32_t i = 0; i < c->nshown; i++)
        if (c->shown[i].participant == participant)
            return &c->shown[i];
    c->shown = realloc(c->shown, (c->nshown + 1) * sizeof *c->shown);
    assert_non_null(c->shown);
    c->shown[c->nshown] = (struct class_shown){ .participant = participant };
    return &c->shown[c->nshown++];
}

static void show_snapshot(struct class_client *c, struct text data)
{
    json_t *snapshot = json_loadb(data.p, data.n, 0, NULL), *person;
    const char *id;
    json_object_foreach(json_object_get(snapshot, "participants"), id, person)
    {
        struct class_shown *p = class_shown_of(c, atoi(id));
        p->muted = json_is_true(json_object_get(person, "is_muted"));
        p->hand = json_is_true(json_object_get(person, "raised_hand"));
    }
    json_decref(snapshot);
}

/* Takes from an event what the app takes from it. */
static void show(struct class_client *c, const struct sim_frame *f)
{
    struct class_shown *p = class_shown_of(c, number_after(f->data, "\"participant_id\":"));
    if (!strcmp(f->event, "session_state"))
        show_snapshot(c, f->data);
    else if (!strcmp(f->event, "participant_joined") || !strcmp(f->event, "participant_added") ||
             !strcmp(f->event, "participant_left") || !strcmp(f->event, "participant_kicked"))
        p->muted = p->hand = false;
    else if (!strcmp(f->event, "participant_muted"))
        p->muted = memmem(f->data.p, f->data.n, "\"is_muted\":true", 15);
    else if (!strncmp(f->event, "hand_", 5))
        p->hand = !strcmp(f->event, "hand_raised");
}

void class_hear(struct sim *sim, struct sim_client *base, const struct sim_frame *f)
{
    struct class_client *c = (struct class_client *)base;
    if (c->removed && c->removed == base->stream)
        sim_break(sim, "%s was removed from room %d and heard %s", base->name, base->room, f->event);
    if (!strcmp(f->event, sim_classroom.only_event))
        c->removed = base->stream;
    hear_hands(sim, c, f);
    show(c, f);
}

void class_forget(struct sim_client *c)
{
    buf_fini(&((struct class_client *)c)->hands);
    free(((struct class_client *)c)->shown);
}

void sim_assert_hands(struct sim *sim, const char *who, const char *expected, const char *file, int line)
{
    char got[256];
    sim_play(sim);
    const struct class_client *c = (struct class_client *)sim_client(sim, who);
    snprintf(got, sizeof got, "%.*s", (int)c->hands.n, c->hands.n ? c->hands.p : "");
    _assert_string_equal(got, expected, file, line);
}
