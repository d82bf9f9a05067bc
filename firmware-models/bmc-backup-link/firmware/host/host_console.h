/*
 * The host's console: commands, and what the agent tells.
 */
#ifndef HOST_CONSOLE_H
#define HOST_CONSOLE_H

#include "console.h"

extern struct console host_console;

/** Runs one command line (changed in the process). */
void host_console_run(char *line);

#endif
