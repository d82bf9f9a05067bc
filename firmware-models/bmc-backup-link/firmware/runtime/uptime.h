/*
 * The clock of clock.h on the board: mtime starts at 0 with every reset of its node, so the time
 * before is kept in a scratch register of the status unit, which only a power-on clears.
 */
#ifndef UPTIME_H
#define UPTIME_H

#include <stdint.h>

#include "clock.h"

/** Scratch register that holds the uptime in units of UPTIME_UNIT_MS. */
#define UPTIME_SCRATCH STATUS_SCRATCH0
#define UPTIME_UNIT_MS 100u

void uptime_start(void);

/** Writes the uptime down; called once a UPTIME_UNIT_MS, and before a reset. */
void uptime_keep(void);

#endif
