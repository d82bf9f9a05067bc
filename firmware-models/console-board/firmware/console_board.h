/*
 * What the parts of the console board's firmware share.
 */
#ifndef CONSOLE_BOARD_H
#define CONSOLE_BOARD_H

#include <stdint.h>

#include "board.h"
#include "console.h"
#include "uart.h"

#define CONSOLE_BAUD 115200
#define LOOP_BAUD 921600
#define TICK_MS 10

/** GPIO outputs 0..7: the LEDs of the `led` command; output 15 blinks, one change in 500 ms. */
#define LED_MASK 0x00ffu
#define LED_HEARTBEAT 0x8000u

struct board {
    struct uart uart0;
    struct uart uart1;
    struct console console;
    volatile uint32_t ticks; /* 10 ms each, since reset */
    uint32_t ticks_to_blink;
    uint32_t reset_cause;
    uint32_t resets; /* since power-on; kept in the status unit's SCRATCH0 */
};

/** Runs one command line (changed in the process) and prints its answer. */
void command_run(struct board *board, char *line);

#endif
