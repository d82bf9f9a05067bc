/*
 * What the host has beside the standard map of the boards (board.h): MAP.md of the model.
 */
#ifndef HOST_MAP_H
#define HOST_MAP_H

#include <hotspare/kcs.h>
#include <hotspare/package.h>

#include "board.h"

#define KCS_BASE 0x1000a000
#define PACKAGE_BASE 0x1000b000

/* Lines of the interrupt unit, beside board.h's. */
#define LINE_KCS 4
#define LINE_PACKAGE 5

/* GPIO: "please shut down" comes in, "switch me off" and "the agent is up" go out. */
#define GPIO_IN_SHUTDOWN 0x0001u
#define GPIO_OUT_OFF 0x0001u
#define GPIO_OUT_UP 0x0002u

#endif
