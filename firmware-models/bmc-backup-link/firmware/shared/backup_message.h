/*
 * Messages of the backup communication: to dwords and back.
 */
#ifndef BACKUP_MESSAGE_H
#define BACKUP_MESSAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "backup_code.h"

/** A header and ceil(7 / 3) data dwords. */
#define BACKUP_DWORDS_MAX 4u

struct backup_message {
    uint8_t type;
    uint8_t function;
    uint8_t response;
    uint8_t sequence; /* 0..15 */
    bool more;
    uint8_t size_bytes; /* of data, 0..BACKUP_DATA_MAX */
    uint8_t data[BACKUP_DATA_MAX];
};

/** Builds the dwords of a message; returns their number. */
uint32_t backup_pack(const struct backup_message *message, uint32_t dwords[BACKUP_DWORDS_MAX]);

/** Puts dwords together again; zeroed at first. */
struct backup_assembly {
    struct backup_message message;
    uint16_t missing; /* data dwords that have not come yet */
    uint16_t next;    /* index of the next one */
    uint32_t header;  /* dword of the message's header */
    uint32_t bad;     /* dwords that fitted nowhere */
};

/** Takes a dword; true if `assembly->message` is now complete. Any dword may come at any time. */
bool backup_take(struct backup_assembly *assembly, uint32_t dword);

#endif
