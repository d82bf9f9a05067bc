/*
 * Commands of the board's maker (network function 30h): our choice. They show and test what the
 * standard has no commands for.
 *
 *   01  [1 or 0]       the task of the management interface hangs, or runs again (tests)
 *   02  [number]       a counter, 4 bytes: enum counter below
 *   03                 [link state, degraded, losses 2, heals 2, processor answers]
 *   04  [link state]   the host tells what it finds (enum link_state)
 *   05  [baud 4]       rate of the serial port after the answer: a divisor of 921600
 *   06  [function, data..]  a request to the host over the backup link
 *   07  [function]     [response, data..] of the last such request that has ended
 */
#include "backup_bmc.h"
#include "bytes.h"
#include "commands.h"
#include "kcs_bmc.h"
#include "libc.h"
#include "monitor.h"
#include "peci.h"
#include "serial_port.h"

/** 16 clocks of the UART a bit: 14.7456 MHz. */
#define BAUD_BASE 921600u

enum completion set_test_mode(const struct request *request, struct response *response)
{
    (void)response;
    if (request->data[0] > 1)
        return CC_BAD_FIELD;
    kcs_test_hangs = request->data[0] == 1;
    if (!kcs_test_hangs)
        kcs_start();
    return CC_OK;
}

enum counter {
    COUNTER_BASIC_MESSAGES,
    COUNTER_BASIC_BAD_CHECKSUM,
    COUNTER_BASIC_BAD_ESCAPE,
    COUNTER_BASIC_BAD_LENGTH,
    COUNTER_SERIAL_LINES,
    COUNTER_SERIAL_STRAY,
    COUNTER_SERIAL_GAPS,
    COUNTER_KCS_MESSAGES,
    COUNTER_KCS_ERRORS,
    COUNTER_KCS_ABORTS,
    COUNTER_KCS_RESTARTS,
    COUNTER_PECI_MESSAGES,
    COUNTER_PECI_REPEATED,
    COUNTER_PECI_NO_REPLY,
    COUNTER_PECI_RETRIES,
    COUNTER_PECI_REFUSED,
    COUNTER_BACKUP_SENT,
    COUNTER_BACKUP_RECEIVED,
    COUNTER_BACKUP_REPEATED,
    COUNTER_BACKUP_DUPLICATES,
    COUNTER_BACKUP_EXECUTED,
    COUNTER_BACKUP_GIVEN_UP,
};

enum completion get_counter(const struct request *request, struct response *response)
{
    const struct basic_counters *basic = serial_port_basic_counters();
    const struct serial_port_counters *serial = serial_port_counters();
    const struct kcs_counters *kcs = kcs_counters();
    const struct peci_counters *peci = peci_counters();
    const struct backup_counters *backup = &backup_bmc_peer()->counters;
    const uint32_t counters[] = {
        [COUNTER_BASIC_MESSAGES] = basic->messages,
        [COUNTER_BASIC_BAD_CHECKSUM] = basic->bad_checksum,
        [COUNTER_BASIC_BAD_ESCAPE] = basic->bad_escape,
        [COUNTER_BASIC_BAD_LENGTH] = basic->bad_length,
        [COUNTER_SERIAL_LINES] = serial->lines,
        [COUNTER_SERIAL_STRAY] = serial->stray,
        [COUNTER_SERIAL_GAPS] = serial->gaps,
        [COUNTER_KCS_MESSAGES] = kcs->messages,
        [COUNTER_KCS_ERRORS] = kcs->errors,
        [COUNTER_KCS_ABORTS] = kcs->aborts,
        [COUNTER_KCS_RESTARTS] = kcs->restarts,
        [COUNTER_PECI_MESSAGES] = peci->messages,
        [COUNTER_PECI_REPEATED] = peci->repeated,
        [COUNTER_PECI_NO_REPLY] = peci->no_reply,
        [COUNTER_PECI_RETRIES] = peci->retries,
        [COUNTER_PECI_REFUSED] = peci->refused,
        [COUNTER_BACKUP_SENT] = backup->sent,
        [COUNTER_BACKUP_RECEIVED] = backup->received,
        [COUNTER_BACKUP_REPEATED] = backup->repeated,
        [COUNTER_BACKUP_DUPLICATES] = backup->duplicates,
        [COUNTER_BACKUP_EXECUTED] = backup->executed,
        [COUNTER_BACKUP_GIVEN_UP] = backup->given_up,
    };
    if (request->data[0] >= sizeof counters / sizeof counters[0])
        return CC_RANGE;
    put_le32(response->data, counters[request->data[0]]);
    response->size_bytes = 4;
    return CC_OK;
}

enum completion get_link_state(const struct request *request, struct response *response)
{
    (void)request;
    const struct link *link = backup_bmc_link();
    response->data[0] = (uint8_t)link->state;
    response->data[1] = backup_bmc_is_degraded();
    put_le16(response->data + 2, link->losses);
    put_le16(response->data + 4, link->heals);
    response->data[6] = monitor_processor_answers();
    response->size_bytes = 7;
    return CC_OK;
}

enum completion notify_link(const struct request *request, struct response *response)
{
    (void)response;
    if (request->data[0] > LINK_DEGRADED)
        return CC_BAD_FIELD;
    backup_bmc_host_says((enum link_state)request->data[0]);
    return CC_OK;
}

enum completion set_serial_rate(const struct request *request, struct response *response)
{
    (void)response;
    const uint32_t baud = get_le32(request->data);
    if (baud < 300 || baud > BAUD_BASE || BAUD_BASE % baud != 0)
        return CC_BAD_FIELD;
    serial_port_set_rate(baud);
    return CC_OK;
}

/** C4: too many requests wait; D5: the host is off. */
enum completion ask_host(const struct request *request, struct response *response)
{
    (void)response;
    const uint8_t function = request->data[0];
    if (function == 0 || function >= BACKUP_FUNCTION_END)
        return CC_BAD_FIELD;
    if (backup_bmc_link()->state == LINK_IDLE)
        return CC_NOT_NOW;
    return backup_bmc_ask((enum backup_function)function, request->data + 1,
                          request->size_bytes - 1u)
               ? CC_OK
               : CC_OUT_OF_SPACE;
}

/** D5: none has ended yet. */
enum completion get_host_answer(const struct request *request, struct response *response)
{
    const uint8_t function = request->data[0];
    if (function == 0 || function >= BACKUP_FUNCTION_END)
        return CC_BAD_FIELD;
    const struct backup_message *answer = backup_bmc_ended((enum backup_function)function);
    if (answer == 0)
        return CC_NOT_NOW;
    response->data[0] = answer->response;
    memcpy(response->data + 1, answer->data, answer->size_bytes);
    response->size_bytes = (uint8_t)(1 + answer->size_bytes);
    return CC_OK;
}
