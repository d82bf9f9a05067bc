/*
 * The code table of the backup communication: every number that is on the wire, in one place. The
 * meanings are the patents' (US 10545841, 11093351); the values are our choice
 * (specs/bmc-backup-link.md, section 2).
 *
 * A message is one header dword, then its data dwords. On the control interface a dword travels
 * least significant byte first.
 *
 *   header   type | function | response | sequence(7:4) more(3) length(2:0)
 *   data     1(7) check(6:2) index(1:0) | three bytes of the message's data
 *
 * `length` counts the bytes of data, at most 7: up to three data dwords follow. Bit 7 of a data
 * dword keeps it apart from a header, and from 0, which an empty mailbox reads as. The check is
 * the lowest five bits of CRC-16 over header, index and the three bytes: what noise brings past
 * PECI's own check of 8 bits is then not executed.
 */
#ifndef BACKUP_CODE_H
#define BACKUP_CODE_H

enum backup_type {
    BACKUP_REQUEST_TO_BMC = 1,
    BACKUP_RESPONSE_FROM_BMC = 2,
    BACKUP_REQUEST_FROM_BMC = 3,
    BACKUP_RESPONSE_TO_BMC = 4,
};

/*
 *                      asked of the BMC                    asked of the host
 *   SELF_RECOVERY      the BMC restarts its interface      the host lets go: the BMC will restart
 *   RETRY              try the management interface again, both ways
 *   SERVICE            a service of the BMC                a service of the processor
 *   LOG                send the log (fragments)            fetch the log
 */
enum backup_function {
    BACKUP_SELF_RECOVERY = 1,
    BACKUP_RETRY = 2,
    BACKUP_SERVICE = 3,
    BACKUP_LOG = 4,
    BACKUP_FUNCTION_END,
};

enum backup_response {
    BACKUP_NONE = 0, /* in a request; in a response: not yet */
    BACKUP_ACCEPTED = 1, /* taken on, "done" follows; from who asked for a log: fragment taken */
    BACKUP_DONE = 2,
    BACKUP_BUSY = 0x80, /* not taken on: ask again later */
    BACKUP_UNSUPPORTED = 0x81,
    BACKUP_FAILED = 0x82,
};

/** Services, the first byte of a SERVICE request's data; the answer's data in brackets. */
enum backup_service {
    BACKUP_SERVICE_UPTIME = 1,   /* [seconds, 4 bytes] */
    BACKUP_SERVICE_STATUS = 2,   /* host: [load in percent, link state]; BMC: [power, link state] */
    BACKUP_SERVICE_LOAD = 3,     /* host only; second byte: load in percent [the same] */
    BACKUP_SERVICE_SHUTDOWN = 4, /* host only: shut down and switch off */
};

#define BACKUP_DATA_MAX 7
/** A fragment of a log: its number, then up to six bytes. */
#define BACKUP_FRAGMENT_MAX 6
/** Request for a log: first record (0 is the oldest), 2 bytes; records at most, 1 byte. */
#define BACKUP_LOG_REQUEST_BYTES 3

/* Times, in milliseconds: specification, section 2; the last three are our choice. */
#define BACKUP_THRESHOLD_MS 2000u /* without a good transfer: the management interface is lost */
#define BACKUP_HEARTBEAT_MS 500u
#define BACKUP_RETRY_MS 5000u
#define BACKUP_REPEAT_MS 1000u  /* a request without a response is repeated */
#define BACKUP_PATIENCE_MS 5000u /* after "accepted": until it is repeated all the same */
#define BACKUP_GIVE_UP_MS 20000u /* a request without an end is cancelled */

#endif
