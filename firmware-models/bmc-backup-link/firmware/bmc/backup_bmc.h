/*
 * The BMC's end of the two links to the host: watches the management interface, and carries the
 * backup communication over the package's mailbox by PECI.
 */
#ifndef BACKUP_BMC_H
#define BACKUP_BMC_H

#include <stdbool.h>
#include <stdint.h>

#include "backup_peer.h"
#include "link.h"

/** Between two looks at the mailbox while messages go to and fro; else MONITOR_PROCESSOR_MS. */
#define BACKUP_BUSY_MS 5u

/** `kept` is the word that backup_bmc_keep() got last, 0 after power-on. */
void backup_bmc_start(uint32_t kept);
/** Keeps a word over resets of the BMC: of the board, or of a test. */
void backup_bmc_keep(uint32_t word);

/** Looks at the mailbox once; true if it should be looked at again soon. */
bool backup_bmc_poll(void);

/** State of the links; returns the milliseconds until it wants to run again. */
uint32_t backup_bmc_watch(void);

/** The host has read a whole answer over the management interface. */
void backup_bmc_transfer_done(void);
/** The host tells, over the management interface, what it finds. */
void backup_bmc_host_says(enum link_state state);

/** A request to the host; false if too many wait. */
bool backup_bmc_ask(enum backup_function function, const uint8_t *data, uint32_t size_bytes);
/** The answer to the last request of this function that has ended; null before the first. */
const struct backup_message *backup_bmc_ended(enum backup_function function);

/** Whether the interface is lost, as either side sees it. */
bool backup_bmc_is_degraded(void);
const struct link *backup_bmc_link(void);
const struct backup_peer *backup_bmc_peer(void);

#endif
