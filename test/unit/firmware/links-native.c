/*
 * Both ends of the links between host and BMC in one program on a common computer: the firmware's
 * own layers, with the management interface's registers and the package's mailbox in between. Time
 * goes on in steps of 1 ms. Reads one step a line, answers with what it prints and a dot.
 *
 *   ms N             time goes on
 *   kcs ok|lost|ibf  the management interface: whole, reads FF and loses writes, IBF stuck
 *   peci N           percent of the messages that are lost, half of them after their effect
 *   hang host|bmc 0|1  the driver of the management interface
 *   reset host|bmc   the node begins anew, with what it keeps
 *   power            the host is switched off and on
 *   bmc F BYTES..    the BMC asks the host; the same with host
 *   state            link states, ms since the last good transfer, counters
 *   loads            arguments of the service "load" in the order of their execution
 *   fuzz SEED        a minute of faults and requests, then peace; prints what was violated
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent.h"
#include "backup_bmc.h"
#include "bmc-native.h"
#include "bmc.h"
#include "clock.h"
#include "hardware.h"
#include "host_hardware.h"
#include "kcs_bmc.h"
#include "kcs_host.h"
#include "links-native.h"
#include "mctp.h"
#include "monitor.h"
#include "power.h"
#include "serial_port.h"

/* The host. */

#define LOADS_MAX 10000
static uint32_t loads[LOADS_MAX];
static uint32_t load_count;
static uint32_t host_kept;
static uint32_t bmc_kept;
static bool is_off;
static bool prints = true;

void hw_set_load(uint32_t percent)
{
    if (load_count < LOADS_MAX)
        loads[load_count++] = percent;
}

uint32_t hw_load(void)
{
    return load_count > 0 ? loads[load_count - 1] : 0;
}

int32_t hw_thermal_margin(void)
{
    return -640;
}

uint32_t hw_energy(void)
{
    return 0;
}

void hw_switch_off(void)
{
    is_off = true;
}

void agent_keep(uint32_t word)
{
    host_kept = word;
}

void backup_bmc_keep(uint32_t word)
{
    bmc_kept = word;
}

static uint32_t ended_done;
static uint32_t ended_otherwise;
static uint32_t log_records;

void agent_tell(enum agent_notice notice)
{
    static const char *const names[] = {
        [NOTICE_LOST] = "lost",         [NOTICE_HEALED] = "healed",
        [NOTICE_SHUTDOWN] = "shutdown", [NOTICE_ANSWER] = "answer",
        [NOTICE_NO_ANSWER] = "no answer", [NOTICE_BACKUP] = "backup", [NOTICE_LOG] = "record",
    };
    const struct backup_message *answer;
    const struct backup_message *request = agent_backup_end(&answer);
    log_records += notice == NOTICE_LOG;
    if (notice == NOTICE_BACKUP) {
        ended_done += answer->response == BACKUP_DONE;
        ended_otherwise += answer->response != BACKUP_DONE;
    }
    if (!prints)
        return;
    printf("host %s", names[notice]);
    if (notice == NOTICE_BACKUP)
        printf(" %u %02x", request->function, answer->response);
    printf("\n");
}

/* Unused ports of the BMC. */

void serial_port_send(const uint8_t *bytes, uint32_t size_bytes)
{
    (void)bytes;
    (void)size_bytes;
}

void mctp_send(const uint8_t *bytes, uint32_t size_bytes)
{
    (void)bytes;
    (void)size_bytes;
}

/* The run. */

static uint32_t now;
static uint32_t poll_at;
static uint32_t agent_at;

static void step_bmc(void)
{
    while (kcs_status & KCS_IBF && !kcs_test_hangs) {
        if (kcs_step())
            backup_bmc_transfer_done();
    }
    (void)backup_bmc_watch();
    if (now < poll_at)
        return;
    if (now % 100 == 0)
        monitor_processor();
    poll_at = now + (backup_bmc_poll() ? 5 : 100 - now % 100);
    if (bmc_restarts()) {
        bmc_restart_warm();
        kcs_start();
    }
}

static void step(void)
{
    native_advance(1);
    now++;
    power_work();
    /* Byte by byte both ends run in turn; a transfer takes less than 1 ms. */
    for (uint32_t turn = 0; turn < 60; turn++) {
        step_bmc();
        if (kcs_is_busy() || turn == 0) {
            if (now >= agent_at || kcs_is_busy() || from_full)
                agent_at = now + agent_work();
        } else {
            break;
        }
    }
}

static void run(uint32_t ms)
{
    while (ms-- > 0)
        step();
}

static void reset_host(bool power)
{
    if (power)
        host_kept = 0;
    to_bmc = 0;
    from_full = false;
    agent_start(host_kept);
    agent_at = now;
}

static void reset_bmc(void)
{
    bmc_start(false);
    kcs_start();
    monitor_start();
    backup_bmc_start(bmc_kept);
    poll_at = now;
}

static void start(void)
{
    kcs_fault = KCS_WHOLE;
    kcs_status = 0;
    peci_loss_percent = 0;
    to_bmc = 0;
    from_full = false;
    load_count = 0;
    host_kept = 0;
    bmc_kept = 0;
    kcs_host_hangs = false;
    kcs_test_hangs = false;
    bmc_start(true);
    reset_bmc();
    reset_host(true);
}

/* Faults by chance, from one seed. */

static void fuzz_fault(void)
{
    switch (draw(9)) {
    case 0:
        kcs_fault = (enum kcs_fault)draw(3);
        break;
    case 1:
        kcs_fault = KCS_WHOLE;
        break;
    case 2:
        peci_loss_percent = draw(2) * draw(60);
        break;
    case 3:
        kcs_host_hangs = draw(2);
        break;
    case 4:
        kcs_test_hangs = draw(2);
        break;
    case 5:
        reset_bmc();
        break;
    case 6:
        reset_host(false);
        break;
    default:
        break;
    }
}

static uint32_t fuzz(uint32_t seed)
{
    static uint32_t asked_host;
    uint32_t violations = 0;
    uint32_t next_load = 0;
    chance = seed;
    start();
    run(3000);
    for (uint32_t i = 0; i < 120; i++) {
        if (draw(3) == 0)
            fuzz_fault();
        if (draw(4) == 0) {
            /* Growing arguments: an order, and a repetition, would show. */
            const uint8_t data[] = {BACKUP_SERVICE_LOAD, (uint8_t)(next_load + 1)};
            next_load += backup_bmc_ask(BACKUP_SERVICE, data, 2);
        }
        if (draw(6) == 0) {
            static const uint8_t uptime = BACKUP_SERVICE_UPTIME;
            asked_host += agent_backup(BACKUP_SERVICE, &uptime, 1);
        }
        run(1 + draw(1000));
    }
    kcs_fault = KCS_WHOLE;
    peci_loss_percent = 0;
    kcs_host_hangs = false;
    kcs_test_hangs = false;
    run(60000);
    for (uint32_t i = 1; i < load_count; i++) {
        if (loads[i] <= loads[i - 1])
            violations++, printf("seed %u: load %u after %u\n", seed, loads[i], loads[i - 1]);
    }
    if (agent_link()->state != LINK_NORMAL || backup_bmc_link()->state != LINK_NORMAL ||
        backup_bmc_is_degraded())
        violations++, printf("seed %u: the link is not normal\n", seed);
    if (backup_is_busy(agent_peer()) || backup_is_busy(backup_bmc_peer()))
        violations++, printf("seed %u: something is left to do\n", seed);
    return violations;
}

static void print_state(void)
{
    static const char *const names[] = {"idle", "normal", "degraded"};
    const struct backup_counters *bmc = &backup_bmc_peer()->counters;
    const struct backup_counters *host = &agent_peer()->counters;
    printf("bmc %s %u host %s %u\n", names[backup_bmc_link()->state],
           clock_ms() - backup_bmc_link()->good_ms, names[agent_link()->state],
           clock_ms() - agent_link()->good_ms);
    printf("bmc sent %u executed %u duplicates %u given up %u\n", bmc->sent, bmc->executed,
           bmc->duplicates, bmc->given_up);
    printf("host sent %u executed %u duplicates %u given up %u\n", host->sent, host->executed,
           host->duplicates, host->given_up);
}

static void ask(bool by_bmc, char *argument)
{
    uint8_t data[BACKUP_DATA_MAX];
    uint32_t count = 0;
    char *at = argument;
    const uint32_t function = (uint32_t)strtoul(at, &at, 0);
    while (*at != '\0' && count < sizeof data)
        data[count++] = (uint8_t)strtoul(at, &at, 0);
    const bool queued = by_bmc
                            ? backup_bmc_ask((enum backup_function)function, data, count)
                            : agent_backup((enum backup_function)function, data, count);
    agent_at = now; /* as the console does */
    if (!queued)
        printf("not queued\n");
}

static void execute_step(char *line)
{
    char *argument = strchr(line, ' ');
    if (argument != NULL)
        *argument++ = '\0';
    else
        argument = line + strlen(line);
    if (strcmp(line, "ms") == 0) {
        run((uint32_t)atoi(argument));
    } else if (strcmp(line, "kcs") == 0) {
        kcs_fault = strcmp(argument, "ok") == 0     ? KCS_WHOLE
                    : strcmp(argument, "lost") == 0 ? KCS_LOST
                                                    : KCS_IBF_STUCK;
    } else if (strcmp(line, "peci") == 0) {
        peci_loss_percent = (uint32_t)atoi(argument);
    } else if (strcmp(line, "hang") == 0) {
        volatile bool *flag = argument[0] == 'h' ? &kcs_host_hangs : &kcs_test_hangs;
        *flag = argument[strlen(argument) - 1] == '1';
    } else if (strcmp(line, "reset") == 0) {
        if (argument[0] == 'h')
            reset_host(false);
        else
            reset_bmc();
    } else if (strcmp(line, "power") == 0) {
        (void)power_request(POWER_CYCLE, RESTART_CHASSIS_CONTROL);
        run(1000);
        reset_host(true);
    } else if (strcmp(line, "bmc") == 0 || strcmp(line, "host") == 0) {
        ask(line[0] == 'b', argument);
    } else if (strcmp(line, "state") == 0) {
        print_state();
    } else if (strcmp(line, "loads") == 0) {
        for (uint32_t i = 0; i < load_count; i++)
            printf("%u%s", loads[i], i + 1 < load_count ? " " : "\n");
    } else if (strcmp(line, "fuzz") == 0) {
        prints = false;
        printf("violations %u\n", fuzz((uint32_t)atoi(argument)));
    } else {
        abort();
    }
}

int main(void)
{
    static char line[1000];
    start();
    printf(".\n");
    while (fgets(line, sizeof line, stdin) != NULL) {
        line[strcspn(line, "\n")] = '\0';
        execute_step(line);
        printf(".\n");
        fflush(stdout);
    }
    return 0;
}
