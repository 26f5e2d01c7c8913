/* Commands: the sub-commands of `lectern`. Each gets its own name as argv[0] and returns the exit code. Main thread. */
#pragma once

#include "proto/base/buf.h"

int command_serve(int argc, char **argv);
int command_migrate(int argc, char **argv);
int command_role(int argc, char **argv);
int command_allow(int argc, char **argv);
int command_config(int argc, char **argv);
int command_outbox(int argc, char **argv);
int command_admin(int argc, char **argv);
int command_tap(int argc, char **argv);
int command_top(int argc, char **argv);
int command_probe(int argc, char **argv);
int command_decode(int argc, char **argv);
int command_embed(int argc, char **argv);
int command_man(int argc, char **argv);

/* After config_load: can what the configuration says of others (origins, host names, proxies, addresses) be served with?
 * False with a sentence in why. Origins are written anew, as origin_list_read does. */
bool config_fits(struct buf *why);

/* Shows every command to people: its name, "" and what it does. */
void command_each(void (*see)(const char *name, const char *none, const char *about));

/* Says on standard error what is wrong and returns the exit code for it. */
int command_refuse(const char *command, const char *why);
/* Is --help or -h among the arguments? */
int command_wants_help(int argc, char **argv);
