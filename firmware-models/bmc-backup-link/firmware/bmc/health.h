/*
 * The health of the system in one line, from the sensors (IPMI 2.0, table 14-15).
 */
#ifndef HEALTH_H
#define HEALTH_H

#include <stdbool.h>

/** Puts the terse or verbose text at `to`; returns its end. At most 200 characters. */
char *health_text(char *to, bool verbose);

#endif
