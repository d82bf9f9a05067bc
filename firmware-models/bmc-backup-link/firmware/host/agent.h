/*
 * The host's agent: heartbeat over the management interface, backup over the package's mailbox
 * when that is lost, services for the BMC. Portable: the board is behind host_hardware.h.
 */
#ifndef AGENT_H
#define AGENT_H

#include <stdbool.h>
#include <stdint.h>

#include "backup_peer.h"
#include "link.h"

/** What the agent tells a person; the console prints it. */
enum agent_notice {
    NOTICE_LOST,     /* the management interface is lost, backup is on */
    NOTICE_HEALED,
    NOTICE_SHUTDOWN, /* the BMC asked for it */
    NOTICE_ANSWER,   /* an answer of the BMC: agent_answer() */
    NOTICE_NO_ANSWER,
    NOTICE_BACKUP,   /* a backup request has ended: agent_backup_end() */
    NOTICE_LOG,      /* a record of the BMC's log: agent_record() */
};

/** Called by the agent. */
void agent_tell(enum agent_notice notice);
/** Keeps a word over resets of the host (not over power-on). */
void agent_keep(uint32_t word);

void agent_start(uint32_t kept);

/** Does what is due. Returns the milliseconds until it wants to run again; events come sooner. */
uint32_t agent_work(void);

/** A request of the console over the management interface; false while another one waits. */
bool agent_request(uint8_t netfn, uint8_t command, const uint8_t *data, uint32_t size_bytes);
/** Completion code and data of the last answer. */
const uint8_t *agent_answer(uint32_t *size_bytes);

/** A request of the console over the backup link. */
bool agent_backup(enum backup_function function, const uint8_t *data, uint32_t size_bytes);
/** The backup request that ended last, and its answer. */
const struct backup_message *agent_backup_end(const struct backup_message **answer);

/** A record of 16 bytes of the log that is being fetched. */
const uint8_t *agent_record(void);

/** The board asks for a shutdown. */
void agent_shut_down(void);

const struct link *agent_link(void);
const struct backup_peer *agent_peer(void);

#endif
