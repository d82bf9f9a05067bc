/*
 * Messages through shared memory: a ring of slots in each direction, one spin lock over both.
 * A message carries a sequence number and a CRC-32 and is checked by its receiver.
 */
#ifndef MAILBOX_H
#define MAILBOX_H

#include <stdbool.h>
#include <stdint.h>

struct mailbox_counters {
    uint32_t sent;
    uint32_t received; /* good ones: in sequence, with the right CRC and content */
    uint32_t bad;
    uint32_t spins;    /* turns spent at a lock that the peer held */
};

extern struct mailbox_counters mailbox;

/** Sends the next message; false if the ring is full or the lock cannot be had. */
bool mailbox_send(void);

/** Takes and checks one message; false if none waits or the lock cannot be had. */
bool mailbox_receive(void);

#endif
