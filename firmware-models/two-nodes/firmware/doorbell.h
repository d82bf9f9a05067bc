/*
 * The doorbell: an edge on GPIO output 0, which is wired to the peer's input 0 and interrupts it.
 */
#ifndef DOORBELL_H
#define DOORBELL_H

/** Sets the peer's edges up; the line of the GPIO is enabled by the caller. */
void doorbell_start(void);

/** Rings at the peer. */
void doorbell_ring(void);

/** The GPIO's interrupt: counts in node.rings. */
void doorbell_interrupt(void);

#endif
