/*
 * Firmware of the host: its agent and a console. While nothing is to do the hart sleeps in wfi.
 */
#include "agent.h"
#include "alarm.h"
#include "cpu.h"
#include "host_console.h"
#include "host_map.h"
#include "scheduler.h"
#include "timer.h"
#include "uptime.h"

#define CONSOLE_BAUD 115200
#define CONSOLE_RX_BYTES 1024
#define CONSOLE_TX_BYTES 4096
/** The word that the backup protocol keeps over resets. */
#define KEPT_SCRATCH STATUS_SCRATCH1

static uint8_t console_rx_bytes[CONSOLE_RX_BYTES];
static uint8_t console_tx_bytes[CONSOLE_TX_BYTES];
static struct ring console_rx = {.bytes = console_rx_bytes, .size_bytes = CONSOLE_RX_BYTES};
static struct ring console_tx = {.bytes = console_tx_bytes, .size_bytes = CONSOLE_TX_BYTES};
static struct uart uart0 = {.base = UART0_BASE, .rx = &console_rx, .tx = &console_tx};

static void run_console(void);
static void run_agent(void);
static void run_uptime(void);

static struct task console_task = {.name = "console", .run = run_console};
static struct task agent_task = {.name = "agent", .run = run_agent, .period_ms = 500};
static struct task uptime_task = {
    .name = "uptime", .run = run_uptime, .period_ms = UPTIME_UNIT_MS};
static struct task *const tasks[] = {&agent_task, &console_task, &uptime_task};

static void on_uart0(void)
{
    uart_interrupt(&uart0);
    task_wake(&console_task);
}

/** The board's pulse "please shut down". */
static void on_gpio(void)
{
    *reg32(GPIO_BASE, GPIO_EVENTS) = GPIO_IN_SHUTDOWN;
    agent_shut_down();
    task_wake(&agent_task);
}

/** A level: the task takes the message, and lets the unit speak again. */
static void on_package(void)
{
    *reg32(PACKAGE_BASE, PACKAGE_CTRL) = 0;
    task_wake(&agent_task);
}

#define U interrupt_unexpected
void (*const interrupt_table[32])(void) = {
    U, U, U, U, U, U, U, alarm_interrupt, U, U, U, U, U, U, U, U,
    [16 + LINE_UART0] = on_uart0, U,
    [16 + LINE_GPIO] = on_gpio, U, U,
    [16 + LINE_PACKAGE] = on_package, U, U, U, U, U, U, U, U, U, U,
};
#undef U

#define LINES (1u << LINE_UART0 | 1u << LINE_GPIO | 1u << LINE_PACKAGE)

static void run_console(void)
{
    while (console_take_line(&host_console)) {
        host_console_run(host_console.line);
        console_prompt(&host_console);
        task_wake(&agent_task); /* the command may have given the agent something to do */
    }
}

static void run_agent(void)
{
    *reg32(PACKAGE_BASE, PACKAGE_STATUS) = PACKAGE_STATUS_TO_TAKEN;
    const uint32_t next_ms = agent_work();
    *reg32(PACKAGE_BASE, PACKAGE_CTRL) = PACKAGE_CTRL_FROM_IRQ | PACKAGE_CTRL_TO_IRQ;
    task_after(&agent_task, next_ms > 0 ? next_ms : 1);
}

static void run_uptime(void)
{
    uptime_keep();
}

void agent_keep(uint32_t word)
{
    *reg32(STATUS_BASE, KEPT_SCRATCH) = word;
}

static uint32_t kept(void)
{
    const bool cold = *reg32(STATUS_BASE, STATUS_RESET_CAUSE) == STATUS_RESET_CAUSE_POWER_ON;
    return cold ? 0 : *reg32(STATUS_BASE, KEPT_SCRATCH);
}

int main(void)
{
    uptime_start();
    host_console.uart = &uart0;
    uart_start(&uart0, CONSOLE_BAUD);
    *reg32(GPIO_BASE, GPIO_RISE) = GPIO_IN_SHUTDOWN;
    *reg32(GPIO_BASE, GPIO_SET) = GPIO_OUT_UP;
    *reg32(INTERRUPTS_BASE, INTERRUPTS_ENABLE) = LINES;
    csr_set(mie, LINES << 16);
    alarm_set(ALARM_NEVER);
    interrupts_enable();
    agent_start(kept());
    console_format(&host_console, "\nhost agent ready, type help\n");
    console_prompt(&host_console);
    scheduler_run(tasks, sizeof tasks / sizeof tasks[0]);
}
