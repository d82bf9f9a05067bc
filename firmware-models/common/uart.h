/*
 * Driver of the ns16550a with its FIFOs, by interrupt, between two rings. With one ring for both
 * directions the UART sends back what it receives (the loop service), without the main program.
 */
#ifndef UART_H
#define UART_H

#include <stdbool.h>
#include <stdint.h>

#include "ring.h"

struct uart_counters {
    uint32_t rx;      /* characters received without error */
    uint32_t tx;      /* characters given to the transmit FIFO */
    uint32_t overrun; /* times the receive FIFO was full when a character came */
    uint32_t framing;
    uint32_t parity;
    uint32_t breaks;
    uint32_t lost;    /* characters dropped because a ring was full */
};

struct uart {
    uintptr_t base;
    struct ring *rx; /* filled by the interrupt */
    struct ring *tx; /* emptied by the interrupt; may be the same ring as rx */
    bool fifo_empty; /* the transmit FIFO is known to be empty, and no interrupt will say so */
    uint8_t modem;   /* MCR as last written */
    uint32_t backlog_peak_bytes; /* most bytes that ever waited in rx */
    struct uart_counters counters;
};

/**
 * Programs 8N1 at `baud` (a divisor of UART_CLOCK_HZ / 16), FIFOs with trigger level 8, and the
 * interrupts. The rings are set before. The unit's line and mie are the caller's business.
 */
void uart_start(struct uart *uart, uint32_t baud);

/** Serves everything the UART asks for; called from its line's interrupt. */
void uart_interrupt(struct uart *uart);

/**
 * Queues bytes for sending; sleeps while the ring is full, at most UART_PATIENCE_MS for the whole
 * call, then drops the rest and counts it as lost: a dead line cannot hang the program.
 */
void uart_write(struct uart *uart, const uint8_t *bytes, uint32_t size_bytes);
#define UART_PATIENCE_MS 200

/** Waits until everything queued has left the transmitter, at most UART_PATIENCE_MS. */
void uart_flush(struct uart *uart);

/** For fatal reports: sends one byte without interrupts, rings or an endless wait. */
void uart_put_polled(uintptr_t base, uint8_t byte);

#endif
