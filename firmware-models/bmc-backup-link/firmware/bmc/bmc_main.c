/*
 * Firmware of the BMC: interrupts, tasks, start. Every task is short; while none can run the hart
 * sleeps in wfi.
 */
#include "alarm.h"
#include "backup_bmc.h"
#include "bmc.h"
#include "bridge.h"
#include "cpu.h"
#include "fatal.h"
#include "hardware.h"
#include "hw_map.h"
#include "hw_wait.h"
#include "kcs_bmc.h"
#include "mctp.h"
#include "monitor.h"
#include "power.h"
#include "scheduler.h"
#include "sel.h"
#include "sensors.h"
#include "serial_port.h"
#include "terminal.h"
#include "timer.h"
#include "uart.h"
#include "uptime.h"
#include "watchdog.h"

#define SERIAL_BAUD 115200
#define SERIAL_RX_BYTES 4096
#define SERIAL_TX_BYTES 1024
#define MCTP_BAUD 115200
#define MCTP_RING_BYTES 1024
/** The longest answer, with its handshake. */
#define ANSWER_MAX (TERMINAL_ANSWER_MAX + 1)
/** The word that the backup protocol keeps over resets. */
#define KEPT_SCRATCH STATUS_SCRATCH1
/** The BMC's own watchdog: the second period without a kick resets the node. */
#define GUARD_PERIOD_MS 1000u
#define GUARD_KICK_MS 250u

static uint8_t serial_rx_bytes[SERIAL_RX_BYTES];
static uint8_t serial_tx_bytes[SERIAL_TX_BYTES];
static struct ring serial_rx = {.bytes = serial_rx_bytes, .size_bytes = SERIAL_RX_BYTES};
static struct ring serial_tx = {.bytes = serial_tx_bytes, .size_bytes = SERIAL_TX_BYTES};
static struct uart serial = {.base = UART0_BASE, .rx = &serial_rx, .tx = &serial_tx};
static uint32_t new_baud; /* asked for; 0: none */

static uint8_t mctp_rx_bytes[MCTP_RING_BYTES];
static uint8_t mctp_tx_bytes[MCTP_RING_BYTES];
static struct ring mctp_rx = {.bytes = mctp_rx_bytes, .size_bytes = MCTP_RING_BYTES};
static struct ring mctp_tx = {.bytes = mctp_tx_bytes, .size_bytes = MCTP_RING_BYTES};
static struct uart mctp_port = {.base = UART1_BASE, .rx = &mctp_rx, .tx = &mctp_tx};

static void run_serial(void);
static void run_kcs(void);
static void run_power(void);
static void run_processor(void);
static void run_board(void);
static void run_storage(void);
static void run_guard(void);
static void run_mctp(void);
static void run_link(void);

static struct task serial_task = {.name = "serial", .run = run_serial};
static struct task kcs_task = {.name = "kcs", .run = run_kcs};
static struct task power_task = {.name = "power", .run = run_power, .period_ms = 100};
static struct task processor_task = {
    .name = "processor", .run = run_processor, .period_ms = MONITOR_PROCESSOR_MS};
static struct task board_task = {
    .name = "board", .run = run_board, .period_ms = MONITOR_BOARD_MS};
static struct task storage_task = {.name = "storage", .run = run_storage, .period_ms = 1000};
static struct task link_task = {.name = "link", .run = run_link, .period_ms = 100};
static struct task mctp_task = {.name = "mctp", .run = run_mctp};
static struct task guard_task = {.name = "guard", .run = run_guard, .period_ms = GUARD_KICK_MS};

static struct task *const tasks[] = {
    &serial_task, &kcs_task,   &link_task,    &power_task,
    &processor_task, &board_task, &storage_task, &mctp_task, &guard_task,
};

static void on_uart0(void)
{
    uart_interrupt(&serial);
    task_wake(&serial_task);
}

static void on_uart1(void)
{
    uart_interrupt(&mctp_port);
    task_wake(&mctp_task);
}

/** The line is a level: it falls when the task has taken the byte. */
static void on_kcs(void)
{
    *reg8(KCS_BASE, KCS_CTRL) = KCS_CTRL_HOST_IRQ;
    task_wake(&kcs_task);
}

static void on_power(void)
{
    *reg32(POWER_BASE, POWER_ENABLE) = 0;
    task_wake(&power_task);
}

static void on_peci(void)
{
    hw_wait_interrupt(&hw_peci_unit);
}

static void on_sensors(void)
{
    hw_wait_interrupt(&hw_sensors_unit);
}

static void on_nvm(void)
{
    hw_wait_interrupt(&hw_nvm_unit);
}

#define U interrupt_unexpected
void (*const interrupt_table[32])(void) = {
    U, U, U, U, U, U, U, alarm_interrupt, U, U, U, U, U, U, U, U,
    [16 + LINE_UART0] = on_uart0, on_uart1, U, U,
    [16 + LINE_KCS] = on_kcs, on_peci, on_sensors, on_power, on_nvm, U, U, U, U, U, U, U,
};
#undef U

#define LINES                                                                                     \
    (1u << LINE_UART0 | 1u << LINE_UART1 | 1u << LINE_KCS | 1u << LINE_PECI |                     \
     1u << LINE_SENSORS | 1u << LINE_POWER | 1u << LINE_NVM)

void serial_port_send(const uint8_t *bytes, uint32_t size_bytes)
{
    uart_write(&serial, bytes, size_bytes);
}

void serial_port_set_rate(uint32_t baud)
{
    new_baud = baud;
}

/** A reset that a command or the host asked for, once its answer is out. */
static void restart_if_asked(void)
{
    if (!bmc_restarts())
        return;
    uart_flush(&serial);
    if (bmc_restart_is_cold())
        hw_restart();
    bmc_restart_warm();
    kcs_start();
}

static void change_rate(void)
{
    uart_flush(&serial);
    uart_start(&serial, new_baud);
    new_baud = 0;
}

/** Runs while bytes wait and the longest answer has room: an empty transmitter wakes it again. */
static void run_serial(void)
{
    while (ring_count(&serial_rx) != 0) {
        if (serial_tx.size_bytes - ring_count(&serial_tx) < ANSWER_MAX)
            return;
        serial_port_take(ring_take(&serial_rx));
        if (bmc_restarts() || new_baud != 0)
            break;
    }
    if (serial_port_work()) /* a frame is under way, which may never go on */
        task_after(&serial_task, SERIAL_GAP_MS);
    if (new_baud != 0)
        change_rate();
    restart_if_asked();
    if (ring_count(&serial_rx) != 0)
        task_wake(&serial_task);
}

void mctp_send(const uint8_t *bytes, uint32_t size_bytes)
{
    uart_write(&mctp_port, bytes, size_bytes);
}

static void run_mctp(void)
{
    while (ring_count(&mctp_rx) != 0 &&
           mctp_tx.size_bytes - ring_count(&mctp_tx) >= MCTP_FRAME_MAX)
        mctp_take(ring_take(&mctp_rx));
}

static void run_kcs(void)
{
    if (kcs_step()) {
        backup_bmc_transfer_done();
        task_wake(&link_task);
    }
    if (kcs_test_hangs) /* and let its interrupt rest, which is a level */
        return;
    *reg8(KCS_BASE, KCS_CTRL) = KCS_CTRL_IBF_IRQ | KCS_CTRL_HOST_IRQ;
}

static void run_power(void)
{
    uptime_keep();
    power_work();
    watchdog_work();
}

static void run_processor(void)
{
    static uint32_t look_ms; /* of the last look at the temperature */
    if (clock_ms() - look_ms >= MONITOR_PROCESSOR_MS) {
        look_ms += (clock_ms() - look_ms) / MONITOR_PROCESSOR_MS * MONITOR_PROCESSOR_MS;
        monitor_processor();
    }
    if (backup_bmc_poll())
        task_sooner(&processor_task, BACKUP_BUSY_MS);
    restart_if_asked();
}

/** Runs when the interface's threshold or the next retry is due, to the millisecond. */
static void run_link(void)
{
    kcs_set_attention(bridge_waits(CHANNEL_SYSTEM) || watchdog_pre_timeout(false));
    const uint32_t next_ms = backup_bmc_watch();
    if (next_ms < link_task.period_ms)
        task_after(&link_task, next_ms);
}

static void run_board(void)
{
    monitor_board();
}

static void run_storage(void)
{
    sel_work();
    sensor_set_states(SENSOR_EVENT_LOG, (uint16_t)((sel_free_records() == 0) << EVENT_LOG_FULL));
}

static void run_guard(void)
{
    *reg32(WATCHDOG_BASE, WATCHDOG_KICK) = WATCHDOG_KICK_MAGIC;
}

void backup_bmc_keep(uint32_t word)
{
    *reg32(STATUS_BASE, KEPT_SCRATCH) = word;
}

static void start_guard(void)
{
    const uint32_t ms_cycles = *reg32(STATUS_BASE, STATUS_CLOCK_HZ) / 1000;
    *reg32(WATCHDOG_BASE, WATCHDOG_LOAD) = ms_cycles * GUARD_PERIOD_MS;
    *reg32(WATCHDOG_BASE, WATCHDOG_CTRL) = WATCHDOG_CTRL_EN | WATCHDOG_CTRL_RESET_ENABLE;
    *reg32(WATCHDOG_BASE, WATCHDOG_KICK) = WATCHDOG_KICK_MAGIC;
}

int main(void)
{
    const bool cold = hw_reset_cause() == STATUS_RESET_CAUSE_POWER_ON;
    uptime_start();
    start_guard();
    uart_start(&serial, SERIAL_BAUD);
    uart_start(&mctp_port, MCTP_BAUD);
    *reg32(INTERRUPTS_BASE, INTERRUPTS_ENABLE) = LINES;
    csr_set(mie, LINES << 16);
    alarm_set(ALARM_NEVER);
    interrupts_enable();
    bmc_start(cold);
    kcs_start();
    monitor_start();
    backup_bmc_start(cold ? 0 : *reg32(STATUS_BASE, KEPT_SCRATCH));
    scheduler_run(tasks, sizeof tasks / sizeof tasks[0]);
}
