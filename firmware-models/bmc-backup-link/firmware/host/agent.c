/*
 * The host's agent (agent.h).
 */
#include "agent.h"

#include "bytes.h"
#include "clock.h"
#include "host_hardware.h"
#include "ipmi.h"
#include "kcs_host.h"
#include "libc.h"

/** Between the answer to a request for shutdown and the end: the BMC fetches the answer. */
#define SHUTDOWN_DELAY_MS 500u
/** Fruitless retries before the BMC is asked to recover itself, and before it is asked again. */
#define RETRIES_TO_RECOVERY 3u
/** How soon the agent looks again while a transfer or a message is under way. */
#define SOON_MS 1u
#define MAILBOX_MS 20u
#define RECORD_BYTES 16u

enum transfer { TRANSFER_NONE, TRANSFER_HEARTBEAT, TRANSFER_NOTIFY, TRANSFER_CONSOLE };

/** Tells the BMC that the host finds the interface good again (bmc/commands_oem.c). */
#define OEM_NOTIFY_LINK 0x04

static struct {
    enum transfer under_way;
    uint32_t heartbeat_ms;
    bool must_notify;
    bool notifies;
    uint32_t retries;
    bool shuts_down;
    uint32_t shutdown_ms;

    bool console_waits;
    uint8_t console_netfn;
    uint8_t console_command;
    uint32_t console_bytes;
    uint8_t console_data[KCS_MESSAGE_MAX - 2];

    uint8_t record[RECORD_BYTES];
    uint32_t record_bytes;
    struct backup_message ended;
    struct backup_message ended_answer;
} agent;

static struct link management;
static struct backup_peer peer;

static void try_heartbeat(void)
{
    agent.heartbeat_ms = clock_ms();
}

/* What the BMC may ask for. */

static enum backup_response execute_service(const struct backup_message *request,
                                            struct backup_message *answer)
{
    const uint8_t service = request->size_bytes > 0 ? request->data[0] : 0;
    switch (service) {
    case BACKUP_SERVICE_UPTIME:
        put_le32(answer->data, clock_s());
        answer->size_bytes = 4;
        return BACKUP_DONE;
    case BACKUP_SERVICE_LOAD:
        if (request->size_bytes < 2 || request->data[1] > 100)
            return BACKUP_FAILED;
        hw_set_load(request->data[1]);
        answer->data[0] = request->data[1];
        answer->size_bytes = 1;
        return BACKUP_DONE;
    case BACKUP_SERVICE_STATUS:
        answer->data[0] = (uint8_t)hw_load();
        answer->data[1] = (uint8_t)management.state;
        answer->size_bytes = 2;
        return BACKUP_DONE;
    case BACKUP_SERVICE_SHUTDOWN:
        agent_shut_down();
        return BACKUP_DONE;
    default:
        return BACKUP_UNSUPPORTED;
    }
}

static enum backup_response execute(const struct backup_message *request,
                                    struct backup_message *answer)
{
    switch (request->function) {
    case BACKUP_SELF_RECOVERY:
        kcs_give_up();
        agent.under_way = TRANSFER_NONE;
        return BACKUP_DONE;
    case BACKUP_RETRY:
        try_heartbeat();
        return BACKUP_DONE;
    case BACKUP_SERVICE:
        return execute_service(request, answer);
    case BACKUP_LOG: {
        static const uint8_t whole_log[BACKUP_LOG_REQUEST_BYTES] = {0, 0, 0xff};
        return backup_ask(&peer, BACKUP_LOG, whole_log, sizeof whole_log) ? BACKUP_DONE
                                                                         : BACKUP_BUSY;
    }
    default:
        return BACKUP_UNSUPPORTED;
    }
}

static void backup_ended(const struct backup_message *request,
                         const struct backup_message *answer)
{
    agent.ended = *request;
    agent.ended_answer = *answer;
    /* A retry that was still under way when the interface healed makes the BMC think otherwise. */
    agent.must_notify |= request->function == BACKUP_RETRY;
    if (request->function == BACKUP_SELF_RECOVERY && answer->response == BACKUP_DONE)
        try_heartbeat();
    agent_tell(NOTICE_BACKUP);
}

static void take_log(const uint8_t *bytes, uint32_t size_bytes, bool is_last)
{
    for (uint32_t i = 0; i < size_bytes; i++) {
        agent.record[agent.record_bytes++] = bytes[i];
        if (agent.record_bytes < RECORD_BYTES)
            continue;
        agent.record_bytes = 0;
        agent_tell(NOTICE_LOG);
    }
    if (is_last)
        agent.record_bytes = 0;
}

static const struct backup_actions actions = {
    .request_type = BACKUP_REQUEST_TO_BMC,
    .response_type = BACKUP_RESPONSE_TO_BMC,
    .execute = execute,
    .ended = backup_ended,
    .take_log = take_log,
    .keep = agent_keep,
};

/* The management interface. */

/** A heartbeat is good if the BMC answers Get Device ID as it should. */
static bool is_good_heartbeat(void)
{
    uint32_t size;
    const uint8_t *answer = kcs_answer(&size);
    return size == 16 && answer[0] == CC_OK;
}

static bool is_accepted(void)
{
    uint32_t size;
    return kcs_answer(&size)[0] == CC_OK;
}

static void end_transfer(bool good)
{
    const enum transfer ended = agent.under_way;
    agent.under_way = TRANSFER_NONE;
    if (ended == TRANSFER_HEARTBEAT) {
        good = good && is_good_heartbeat();
        agent.notifies = good && agent.must_notify; /* once a heartbeat, until it is understood */
    }
    if (good)
        link_good(&management);
    if (ended == TRANSFER_NOTIFY && good && is_accepted())
        agent.must_notify = false;
    if (ended == TRANSFER_CONSOLE) {
        agent.console_waits = false;
        agent_tell(good ? NOTICE_ANSWER : NOTICE_NO_ANSWER);
    }
}

static void begin_transfer(void)
{
    static const uint8_t normal = LINK_NORMAL;
    const bool is_normal = management.state == LINK_NORMAL;
    if (clock_reached(agent.heartbeat_ms)) {
        agent.under_way = TRANSFER_HEARTBEAT;
        /* While the interface is lost, link_work() and the BMC say when to try. */
        agent.heartbeat_ms += is_normal ? BACKUP_HEARTBEAT_MS : BACKUP_RETRY_MS;
        if (clock_reached(agent.heartbeat_ms))
            agent.heartbeat_ms = clock_ms() + BACKUP_HEARTBEAT_MS;
        kcs_begin(NETFN_APP, IPMI_GET_DEVICE_ID, &normal, 0);
    } else if (agent.notifies && is_normal) {
        agent.notifies = false;
        agent.under_way = TRANSFER_NOTIFY;
        kcs_begin(NETFN_OEM, OEM_NOTIFY_LINK, &normal, 1);
    } else if (agent.console_waits) {
        agent.under_way = TRANSFER_CONSOLE;
        kcs_begin(agent.console_netfn, agent.console_command, agent.console_data,
                  agent.console_bytes);
    }
}

/** One transfer after the other. */
static void work_management(void)
{
    if (agent.under_way == TRANSFER_NONE)
        begin_transfer();
    while (agent.under_way != TRANSFER_NONE) {
        const enum kcs_result result = kcs_go_on();
        if (result == KCS_BUSY)
            return;
        end_transfer(result == KCS_OK);
        begin_transfer();
    }
}

static void work_link(void)
{
    for (;;) {
        switch (link_work(&management)) {
        case LINK_NOTHING:
            return;
        case LINK_LOST:
            agent.retries = 0;
            agent_tell(NOTICE_LOST);
            break;
        case LINK_RETRY:
            try_heartbeat();
            if (agent.retries++ % (RETRIES_TO_RECOVERY + 1) == RETRIES_TO_RECOVERY)
                (void)backup_ask(&peer, BACKUP_SELF_RECOVERY, 0, 0);
            else
                (void)backup_ask(&peer, BACKUP_RETRY, 0, 0);
            break;
        case LINK_HEALED:
            agent.must_notify = true;
            try_heartbeat();
            agent_tell(NOTICE_HEALED);
            break;
        }
    }
}

/* The backup link. */

static void work_mailbox(void)
{
    uint32_t dword;
    while (hw_mailbox_take(&dword))
        backup_receive(&peer, dword);
    backup_work(&peer);
    while (backup_peek(&peer, &dword) && hw_mailbox_put(dword))
        backup_sent(&peer);
}

void agent_start(uint32_t kept)
{
    memset(&agent, 0, sizeof agent);
    agent.heartbeat_ms = clock_ms();
    agent.must_notify = true; /* a host that began anew finds the interface as it is */
    link_watch(&management, true);
    backup_start(&peer, &actions, kept);
}

uint32_t agent_work(void)
{
    uint32_t next_ms;
    work_mailbox();
    work_link();
    work_management();
    work_link();
    work_mailbox();
    if (agent.shuts_down && clock_reached(agent.shutdown_ms))
        hw_switch_off();
    if (agent.under_way != TRANSFER_NONE)
        return SOON_MS;
    next_ms = link_due_ms(&management);
    if (!clock_reached(agent.heartbeat_ms) && agent.heartbeat_ms - clock_ms() < next_ms)
        next_ms = agent.heartbeat_ms - clock_ms();
    if ((backup_is_busy(&peer) || agent.shuts_down) && next_ms > MAILBOX_MS)
        next_ms = MAILBOX_MS;
    return next_ms;
}

bool agent_request(uint8_t netfn, uint8_t command, const uint8_t *data, uint32_t size_bytes)
{
    if (agent.console_waits || size_bytes > sizeof agent.console_data)
        return false;
    agent.console_waits = true;
    agent.console_netfn = netfn;
    agent.console_command = command;
    agent.console_bytes = size_bytes;
    memcpy(agent.console_data, data, size_bytes);
    return true;
}

const uint8_t *agent_answer(uint32_t *size_bytes)
{
    return kcs_answer(size_bytes);
}

bool agent_backup(enum backup_function function, const uint8_t *data, uint32_t size_bytes)
{
    return backup_ask(&peer, function, data, size_bytes);
}

const struct backup_message *agent_backup_end(const struct backup_message **answer)
{
    *answer = &agent.ended_answer;
    return &agent.ended;
}

const uint8_t *agent_record(void)
{
    return agent.record;
}

void agent_shut_down(void)
{
    if (agent.shuts_down)
        return;
    agent.shuts_down = true;
    agent.shutdown_ms = clock_ms() + SHUTDOWN_DELAY_MS;
    agent_tell(NOTICE_SHUTDOWN);
}

const struct link *agent_link(void)
{
    return &management;
}

const struct backup_peer *agent_peer(void)
{
    return &peer;
}
