/*
 * What the parts of the two nodes' firmware share. One source is built twice, with NODE_ID 0 (node
 * a) and 1 (node b).
 */
#ifndef NODE_H
#define NODE_H

#include <stdbool.h>
#include <stdint.h>

#include "board.h"
#include "console.h"
#include "uart.h"

#if NODE_ID != 0 && NODE_ID != 1
#error "NODE_ID is 0 (a) or 1 (b)"
#endif
#define PEER_ID (1 - NODE_ID)

#define CONSOLE_BAUD 115200
#define LINK_BAUD 921600
#define TICK_MS 20

/** Our choice: many thousand times what any step of the check takes when the peer is alive. */
#define PATIENCE_MS 500

/** Values of the status unit's MARK register; a failure adds MARK_FAILED. */
enum mark {
    MARK_START = 1,
    MARK_AMO = 2,
    MARK_LR_SC = 3,
    MARK_RING = 4,
    MARK_LINK = 5,
    MARK_DOORBELL = 6,
    MARK_PASSED = 7,
    MARK_RUNNING = 8,
};
#define MARK_FAILED 0x80000000u

struct node {
    struct uart uart0;
    struct uart uart1;
    struct console console;
    volatile uint32_t ticks; /* TICK_MS each, since reset */
    volatile uint32_t rings; /* doorbell edges from the peer */
    enum mark mark;
};

extern struct node node;

/** Prints "a: " or "b: ", the text, and the end of the line. */
#define say(text, ...)                                                                             \
    console_format(&node.console, "%c: " text "\n", 'a' + NODE_ID __VA_OPT__(, ) __VA_ARGS__)

/** A point in time PATIENCE_MS from now, for loops that wait for the peer. */
uint64_t patience_start(void);

/** One turn of such a loop: serves the link, pauses; false when the patience is at its end. */
bool patience_turn(uint64_t deadline);

/** Sleeps until an interrupt if `idle` still holds with interrupts masked. */
void sleep_while(bool (*idle)(void));

/* The five checks, each: false after saying what failed. */
bool check_amo(void);
bool check_lr_sc(void);
bool check_ring(void);
bool check_link(void);
bool check_doorbell(void);

#endif
