/* Class fuzz: what people of a class do by chance. */
#include "class_help.h"
#include "tests/sim/sim_fuzz_help.h"

#include <math.h>
#include <stdio.h>

static void say_audio(struct sim_fuzz *f, const char *verb, size_t size, char *what)
{
    static const char *const titles[] = { "-", "-", "hymn", "drill", "hers", "none" };
    const char *title = titles[sim_draw(f, sim_chance(f, 900) ? 4 : 6)];
    char position[16] = "-";
    if (sim_chance(f, 700))
        snprintf(position, sizeof position, "%d.5", (int)sim_draw(f, 40));
    snprintf(what, size, "%s %s %s %d.%d", verb, strcmp(verb, "select") != 0 || *title != '-' ? title : "hymn",
             position, (int)sim_draw(f, 3), 1 + (int)sim_draw(f, 9));
}

void class_post(struct sim_fuzz *f)
{
    static const char *const verbs[] = { "raise_hand", "lower_hand",   "mute_self",   "unmute_self", "chat",
                                         "chat",       "post",         "post",        "chat",        "post",
                                         "join",       "join",         "join_other",  "mute",        "unmute",
                                         "mute_other", "unmute_other", "signal",      "kick",        "kick_other",
                                         "play",       "play",         "pause",       "seek",        "speed",
                                         "select",     "rest_play",    "rest_pause",  "audio_state", "rewind",
                                         "invite",     "raise_hand",   "raise_hand",  "raise_hand",  "mute_all",
                                         "unmute_all", "lower_other",  "lower_other", "lower_all" };
    const char *verb = verbs[sim_draw(f, sizeof verbs / sizeof *verbs)], *who = sim_somebody(f);
    char what[64];
    bool plays = strstr("play pause seek speed select rest_play rest_pause rewind", verb) != NULL;
    bool teaches = plays || !strncmp(verb, "mute_o", 6) || !strncmp(verb, "unmute_o", 8) || !strncmp(verb, "kick", 4) ||
                   strstr(verb, "_all") || !strcmp(verb, "lower_other") || !strcmp(verb, "join_other") ||
                   !strcmp(verb, "invite");
    if (teaches && sim_chance(f, 800))
        who = "Ada";
    if (!strncmp(verb, "kick", 4) && sim_chance(f, 600))
        verb = "raise_hand";
    if (sim_chance(f, 5)) {
        verb = sim_chance(f, 500) ? "end" : "end_by_action";
        who = sim_chance(f, 700) ? "Ada" : who;
    }
    if (!strcmp(verb, "chat") || !strcmp(verb, "post"))
        snprintf(what, sizeof what, "%s %s%d", verb, f->faults && sim_chance(f, 15) ? FAKE_POISON : "m", ++f->said);
    else if (!strcmp(verb, "join_other"))
        snprintf(what, sizeof what, "join %s", sim_somebody(f));
    else if (plays)
        say_audio(f, verb, sizeof what, what);
    else if (!strcmp(verb, "audio_state") || strstr(verb, "_all") || strstr(verb, "join") || strstr(verb, "self") ||
             strstr(verb, "hand") || strstr(verb, "end"))
        snprintf(what, sizeof what, "%s", verb);
    else
        snprintf(what, sizeof what, "%s %s", verb, sim_somebody(f));
    sim_post(f->sim, who, what);
}

void class_prepare(struct sim *sim)
{
    sim_audio(sim, "Ada", "hymn", 30);
    sim_audio(sim, "Ada", "drill", NAN);
    sim_audio(sim, "Ben", "hers", 10);
}

void class_witness(struct sim *sim)
{
    sim_post(sim, "Ada", "join Ben");
}
