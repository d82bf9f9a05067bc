/*
 * A request and its response, as every interface of the BMC hands them to the command table.
 */
#ifndef MESSAGE_H
#define MESSAGE_H

#include <stdint.h>

#include "ipmi.h"

/** Channel numbers (IPMI 2.0, section 6.3); 1 is our choice for the serial port. */
enum channel { CHANNEL_IPMB = 0x0, CHANNEL_SERIAL = 0x1, CHANNEL_SELF = 0xe, CHANNEL_SYSTEM = 0xf };

enum privilege {
    PRIVILEGE_NONE = 0, /* needs no session */
    PRIVILEGE_CALLBACK = 1,
    PRIVILEGE_USER = 2,
    PRIVILEGE_OPERATOR = 3,
    PRIVILEGE_ADMINISTRATOR = 4,
};

/** Room for the data of the longest message of any interface, without completion code. */
#define MESSAGE_DATA_MAX 64

struct request {
    enum channel channel;
    enum privilege privilege; /* of who asks */
    uint8_t netfn;
    uint8_t lun;
    uint8_t sequence; /* as the interface gave it; for bridged messages */
    uint8_t requester;
    uint8_t command;
    uint8_t size_bytes;
    uint8_t reply_max_bytes; /* data that the interface's answer can carry */
    uint8_t data[MESSAGE_DATA_MAX];
};

struct response {
    uint8_t completion;
    uint8_t size_bytes; /* of data; only with completion code 0 */
    uint8_t data[MESSAGE_DATA_MAX];
};

/** Looks the request up in the command table, checks privilege and length, and executes it. */
void command_execute(const struct request *request, struct response *response);

#endif
