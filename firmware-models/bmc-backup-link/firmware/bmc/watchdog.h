/*
 * IPMI's watchdog timer of the host (IPMI 2.0, section 27): counts in steps of 100 ms, acts when
 * it runs out.
 */
#ifndef WATCHDOG_TIMER_H
#define WATCHDOG_TIMER_H

#include <stdbool.h>
#include <stdint.h>

#define WATCHDOG_SET_BYTES 6
#define WATCHDOG_GET_BYTES 8

void watchdog_start(void);

/** Sets the timer from the six bytes of Set Watchdog Timer. False: a field is wrong. */
bool watchdog_set(const uint8_t data[WATCHDOG_SET_BYTES]);
/** The eight bytes of Get Watchdog Timer. */
void watchdog_get(uint8_t data[WATCHDOG_GET_BYTES]);
/** Starts the count anew; false if the timer was never set. */
bool watchdog_reset(void);
/** Called every 100 ms or more often. */
void watchdog_work(void);
/** Whether the pre-timeout interrupt waits (Get Message Flags); clears it if told so. */
bool watchdog_pre_timeout(bool clear);

#endif
