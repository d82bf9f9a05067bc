/*
 * What the BMC has beside the standard map of the boards (board.h): MAP.md of the model.
 */
#ifndef HW_MAP_H
#define HW_MAP_H

#include <hotspare/fans.h>
#include <hotspare/kcs.h>
#include <hotspare/nvm.h>
#include <hotspare/peci.h>
#include <hotspare/power.h>
#include <hotspare/sensors.h>

#include "board.h"

#define PECI_BASE 0x10006000
#define SENSORS_BASE 0x10007000
#define POWER_BASE 0x10008000
/** Offsets of KCS count from the start of the device; the BMC's page is its second. */
#define KCS_BASE 0x10009000
#define FANS_BASE 0x10009000
#define NVM_BASE 0x10020000
#define NVM_ARRAY 0x10030000

/* Lines of the interrupt unit, beside board.h's. */
#define LINE_KCS 4
#define LINE_PECI 5
#define LINE_SENSORS 6
#define LINE_POWER 7
#define LINE_NVM 8
#define LINE_FANS 9

#endif
