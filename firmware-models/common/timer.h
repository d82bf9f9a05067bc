/*
 * Time: the machine timer (SiFive CLINT layout) as a clock and as a periodic interrupt without
 * drift. All times are in ticks of mtime, MTIME_HZ a second.
 */
#ifndef TIMER_H
#define TIMER_H

#include <stdbool.h>
#include <stdint.h>

#define MTIME_PER_MS (MTIME_HZ / 1000)
#define MTIME_PER_US (MTIME_HZ / 1000000)

/** mtime, read so that a carry between the halves does no harm. */
uint64_t timer_now(void);

/** Starts the periodic interrupt: the first after `period`, mie's timer bit is set. */
void timer_start(uint32_t period);

/** In the timer interrupt: sets the next edge; returns how many periods have passed (1 or more). */
uint32_t timer_acknowledge(void);

/** Whether `deadline` (a time of timer_now()) is reached. */
bool timer_reached(uint64_t deadline);

#endif
