/*
 * One alarm on the machine timer: the next time at which something is due. Times are those of
 * timer_now(), in ticks of mtime.
 */
#ifndef ALARM_H
#define ALARM_H

#include <stdint.h>

#define ALARM_NEVER UINT64_MAX

/** Replaces the alarm; one that is past rings at once. */
void alarm_set(uint64_t time);

/** The timer interrupt: silences the alarm. */
void alarm_interrupt(void);

#endif
