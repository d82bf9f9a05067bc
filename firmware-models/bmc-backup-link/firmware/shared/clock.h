/*
 * Time as the protocol layers see it: since power-on of the board, over resets of the node.
 */
#ifndef CLOCK_H
#define CLOCK_H

#include <stdbool.h>
#include <stdint.h>

/** Milliseconds, modulo 2^32. */
uint32_t clock_ms(void);

/** Whole seconds. */
uint32_t clock_s(void);

/** Whether `deadline_ms` is reached; it lies less than 24 days away. */
static inline bool clock_reached(uint32_t deadline_ms)
{
    return (int32_t)(clock_ms() - deadline_ms) >= 0;
}

#endif
