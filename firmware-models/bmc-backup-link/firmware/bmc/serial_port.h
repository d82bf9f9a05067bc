/*
 * The IPMI serial port: tells basic mode from terminal mode, byte by byte, and answers in the form
 * that was asked in.
 */
#ifndef SERIAL_PORT_H
#define SERIAL_PORT_H

#include <stdbool.h>
#include <stdint.h>

#include "basic.h"

/** A frame that stands still for this long is given up: noise must not swallow what follows. */
#define SERIAL_GAP_MS 100u

struct serial_port_counters {
    uint32_t lines;
    uint32_t stray; /* bytes outside of frames and lines */
    uint32_t gaps;  /* frames given up because nothing followed */
};

void serial_port_start(void);

/** Deals with one byte; what it answers goes out through serial_port_send(). */
void serial_port_take(uint8_t byte);

/** Called now and then; true while a frame is under way, so that it can be given up in time. */
bool serial_port_work(void);

/** Queues bytes for the line: of the board, or of a test. At most TERMINAL_ANSWER_MAX at a time. */
void serial_port_send(const uint8_t *bytes, uint32_t size_bytes);

/** Changes the rate of the line once what is queued has left; of the board, or of a test. */
void serial_port_set_rate(uint32_t baud);

const struct basic_counters *serial_port_basic_counters(void);
const struct serial_port_counters *serial_port_counters(void);

#endif
