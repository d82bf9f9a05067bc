/* The console of a block: `status`, `fault`, `torque N`, `reset`, `help`. */
#ifndef COMMANDS_H
#define COMMANDS_H

#include "console.h"

/** Runs one command line (changed in the process) and prints its answer. */
void command_run(struct console *console, char *line);

#endif
