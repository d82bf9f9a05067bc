/*
 * The BMC's end of the links to the host (backup_bmc.h).
 */
#include "backup_bmc.h"

#include "bmc.h"
#include "bytes.h"
#include "clock.h"
#include "kcs_bmc.h"
#include "monitor.h"
#include "peci.h"
#include "power.h"
#include "sel.h"
#include "sensors.h"

/** Dwords that one look moves, each way: a whole log must not keep the BMC from its other work. */
#define DWORDS_A_LOOK 8u
/** A second request for recovery within this time restarts all protocol layers. */
#define RECOVERY_AGAIN_MS 60000u
#define RECORDS_ALL 0xffu

static struct link management;
static struct backup_peer peer;

static struct {
    uint32_t host_starts;
    bool is_watching;
    bool host_is_degraded; /* the host has said so over the backup link */
    bool recovers;         /* a self-recovery was accepted and is to be carried out */
    bool has_recovered;
    uint32_t recovered_ms;
    uint16_t log_first; /* the log that is being sent: first record, records at most */
    uint16_t log_records;
    uint32_t log_at; /* record that `log_id` names, counted from log_first */
    uint16_t log_id;
    bool has_ended[BACKUP_FUNCTION_END];
    struct backup_message answers[BACKUP_FUNCTION_END]; /* to own requests, by function */
} state;

/* What the host may ask for. */

static enum backup_response execute_service(const struct backup_message *request,
                                            struct backup_message *answer)
{
    switch (request->size_bytes > 0 ? request->data[0] : 0) {
    case BACKUP_SERVICE_UPTIME:
        put_le32(answer->data, clock_s());
        answer->size_bytes = 4;
        return BACKUP_DONE;
    case BACKUP_SERVICE_STATUS:
        answer->data[0] = power_is_on();
        answer->data[1] = (uint8_t)management.state;
        answer->size_bytes = 2;
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
        state.recovers = true;
        return BACKUP_ACCEPTED;
    case BACKUP_RETRY:
        /* The host finds the interface lost, and only it may have noticed. */
        state.host_is_degraded = true;
        kcs_unstick();
        return BACKUP_DONE;
    case BACKUP_SERVICE:
        return execute_service(request, answer);
    case BACKUP_LOG:
        if (request->size_bytes < BACKUP_LOG_REQUEST_BYTES)
            return BACKUP_FAILED;
        state.log_first = get_le16(request->data);
        state.log_records = request->data[2] == RECORDS_ALL ? 0xffff : request->data[2];
        state.log_at = UINT32_MAX;
        return BACKUP_DONE;
    default:
        return BACKUP_UNSUPPORTED;
    }
}

/** Finds record `index` of the log; goes on from the one before if it can. */
static bool find_record(uint32_t index, uint8_t record[SEL_RECORD_BYTES])
{
    uint16_t next;
    if (state.log_at == UINT32_MAX || index < state.log_at) {
        state.log_at = 0;
        state.log_id = SEL_FIRST;
    }
    for (;;) {
        if (state.log_id == 0xffff || !sel_get(state.log_id, record, &next))
            return false;
        if (state.log_at == index)
            return true;
        state.log_at++;
        state.log_id = next;
    }
}

/** Bytes of the log: the records from log_first on, 16 bytes each. */
static uint32_t read_log(uint32_t offset, uint8_t *bytes, uint32_t max_bytes)
{
    uint8_t record[SEL_RECORD_BYTES];
    uint32_t count = 0;
    while (count < max_bytes) {
        const uint32_t index = (offset + count) / SEL_RECORD_BYTES;
        if (index >= state.log_records || !find_record(state.log_first + index, record))
            break;
        for (uint32_t at = (offset + count) % SEL_RECORD_BYTES;
             at < SEL_RECORD_BYTES && count < max_bytes; at++)
            bytes[count++] = record[at];
    }
    return count;
}

static void ended(const struct backup_message *request, const struct backup_message *answer)
{
    state.has_ended[request->function] = true;
    state.answers[request->function] = *answer;
}

static const struct backup_actions actions = {
    .request_type = BACKUP_REQUEST_FROM_BMC,
    .response_type = BACKUP_RESPONSE_FROM_BMC,
    .execute = execute,
    .ended = ended,
    .read_log = read_log,
    .keep = backup_bmc_keep,
};

void backup_bmc_start(uint32_t kept)
{
    state.host_starts = power_host_starts();
    state.is_watching = false;
    state.host_is_degraded = false;
    state.recovers = false;
    link_watch(&management, false);
    backup_start(&peer, &actions, kept);
}

/** The first recovery restarts the interface, a second one soon after it all protocol layers. */
static void recover(void)
{
    state.recovers = false;
    if (state.has_recovered && !clock_reached(state.recovered_ms + RECOVERY_AGAIN_MS))
        bmc_restart_soon(false);
    state.has_recovered = true;
    state.recovered_ms = clock_ms();
    kcs_test_hangs = false;
    kcs_start();
    backup_finish(&peer, BACKUP_DONE);
}

/** A host that began anew knows nothing of what was said before. */
static void follow_host(void)
{
    const bool watch = power_is_good();
    const bool is_new = state.host_starts != power_host_starts();
    if (watch == state.is_watching && !is_new)
        return;
    state.host_starts = power_host_starts();
    state.is_watching = watch;
    state.host_is_degraded = false;
    link_watch(&management, false);
    link_watch(&management, watch);
    if (is_new) /* and not after a reset of the BMC alone */
        backup_forget(&peer);
    kcs_unstick();
}

/* The mailbox. */

static bool receive(void)
{
    bool has_moved = false;
    for (uint32_t i = 0; i < DWORDS_A_LOOK; i++) {
        uint32_t dword;
        if (peci_rd_pkg_config(PECI_PACKAGE, PECI_INDEX_TO_BMC, 0, &dword) != PECI_OK ||
            dword == 0)
            break;
        /* Taken first, then believed: what could not be taken will be there again. */
        if (peci_wr_pkg_config(PECI_PACKAGE, PECI_INDEX_TO_BMC, 0, dword) != PECI_OK)
            break;
        backup_receive(&peer, dword);
        has_moved = true;
    }
    return has_moved;
}

static bool send(void)
{
    bool has_moved = false;
    uint32_t dword;
    for (uint32_t i = 0; i < DWORDS_A_LOOK && backup_peek(&peer, &dword); i++) {
        if (peci_wr_pkg_config(PECI_PACKAGE, PECI_INDEX_FROM_BMC, 0, dword) != PECI_OK)
            break;
        backup_sent(&peer);
        has_moved = true;
    }
    return has_moved;
}

bool backup_bmc_poll(void)
{
    follow_host();
    if (!power_is_good() || !monitor_processor_answers())
        return false;
    const bool has_received = receive();
    if (state.recovers)
        recover();
    backup_work(&peer);
    const bool has_sent = send();
    return has_received || has_sent || backup_is_busy(&peer);
}

/* The management interface. */

bool backup_bmc_is_degraded(void)
{
    return management.state == LINK_DEGRADED || state.host_is_degraded;
}

static void show(void)
{
    const bool degraded = backup_bmc_is_degraded();
    const uint32_t backup = !monitor_processor_answers() ? BACKUP_LINK_OFF_LINE
                            : degraded                   ? BACKUP_LINK_RUNNING
                                                         : BACKUP_LINK_OFF_DUTY;
    sensor_set_states(SENSOR_MGMT_LINK, (uint16_t)(degraded << MGMT_LINK_UNAVAILABLE));
    sensor_set_states(SENSOR_BACKUP_LINK, (uint16_t)(1u << backup));
}

uint32_t backup_bmc_watch(void)
{
    follow_host();
    enum link_event event;
    while ((event = link_work(&management)) != LINK_NOTHING) {
        if (event == LINK_RETRY) {
            kcs_unstick();
            (void)backup_ask(&peer, BACKUP_RETRY, 0, 0);
        }
    }
    show();
    return management.state == LINK_IDLE ? UINT32_MAX : link_due_ms(&management);
}

void backup_bmc_transfer_done(void)
{
    link_good(&management);
}

void backup_bmc_host_says(enum link_state host_state)
{
    state.host_is_degraded = host_state == LINK_DEGRADED;
}

bool backup_bmc_ask(enum backup_function function, const uint8_t *data, uint32_t size_bytes)
{
    return power_is_good() && backup_ask(&peer, function, data, size_bytes);
}

const struct backup_message *backup_bmc_ended(enum backup_function function)
{
    return state.has_ended[function] ? &state.answers[function] : 0;
}

const struct link *backup_bmc_link(void)
{
    return &management;
}

const struct backup_peer *backup_bmc_peer(void)
{
    return &peer;
}
