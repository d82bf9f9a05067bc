/*
 * The end of the line: reports an exception on the console (uart0, without interrupts) and resets
 * the node through the status unit.
 */
#ifndef FATAL_H
#define FATAL_H

#include <stdint.h>

/** Called by trap_entry for every exception. `sp` and `ra` are those of the code that trapped. */
_Noreturn void trap_fatal(uint32_t cause, uint32_t pc, uint32_t tval, uint32_t sp, uint32_t ra);

/** Resets the node at once. Also the answer to a trap inside the trap handler. */
_Noreturn void node_reset(void);

#endif
