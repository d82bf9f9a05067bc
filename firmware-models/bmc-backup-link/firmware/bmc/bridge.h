/*
 * Messages between channels (IPMI 2.0, sections 6.12, 22.7, 22.6): a queue for the host, read over
 * the system interface, and one for the serial port. Both are read by Get Message only: nothing is
 * sent on the serial port that was not asked for.
 */
#ifndef BRIDGE_H
#define BRIDGE_H

#include <stdbool.h>
#include <stdint.h>

#include "message.h"

#define BRIDGE_MESSAGE_MAX 40

void bridge_start(void);

/** Puts a message into a channel's queue; false if it is full or the channel has none. */
bool bridge_put(enum channel to, enum channel from, const uint8_t *bytes, uint32_t size_bytes);

/** Takes the oldest message of a channel's queue; its size, 0 if there is none. */
uint32_t bridge_take(enum channel of, enum channel *from, uint8_t bytes[BRIDGE_MESSAGE_MAX]);

bool bridge_waits(enum channel of);
void bridge_clear(enum channel of);

#endif
