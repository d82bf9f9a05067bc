/*
 * The management controller as a whole.
 */
#ifndef BMC_H
#define BMC_H

#include <stdbool.h>
#include <stdint.h>

#define FIRMWARE_MAJOR 1
#define FIRMWARE_MINOR_BCD 0x00

/** Starts every layer that needs no hardware. `cold`: the board has just got power. */
void bmc_start(bool cold);

/**
 * Asks for a reset of the controller once the answer under way has been sent: a cold one resets
 * the whole node, a warm one the protocol layers; sensors, their thresholds and the host stay.
 */
void bmc_restart_soon(bool cold);

/** Whether a reset was asked for, and of which kind. */
bool bmc_restarts(void);
bool bmc_restart_is_cold(void);

/** Carries out a warm reset. */
void bmc_restart_warm(void);

#endif
