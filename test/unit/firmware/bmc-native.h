/*
 * The board below the BMC's portable layers, as the tests on a common computer have it: time that
 * the test sets, a flash that can lose its power in the middle of a write, sensors and power whose
 * values the test gives.
 */
#ifndef BMC_NATIVE_H
#define BMC_NATIVE_H

#include <stdbool.h>
#include <stdint.h>

void native_advance(uint32_t ms);
/** The flash loses its power after this many further bytes; the program starts the BMC anew. */
void native_tear_after(uint32_t bytes);
/** Whether the power was lost since the last call. */
bool native_was_torn(void);
/** Ends of a power sequence, events of the front panel. */
void native_power_event(uint32_t events);

#endif
