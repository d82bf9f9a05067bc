/*
 * Report of an exception, then reset (fatal.h). Uses nothing that the failure may have broken:
 * no ring, no interrupt, no variable in RAM, only the trap stack.
 */
#include "fatal.h"

#include <stdarg.h>

#include "board.h"
#include "cpu.h"
#include "format.h"
#include "uart.h"

/** Names of the exceptions, by mcause: privileged manual, table 3.6. */
static const char *cause_name(uint32_t cause)
{
    static const char *const names[] = {
        "instruction address misaligned",
        "instruction access fault",
        "illegal instruction",
        "breakpoint",
        "load address misaligned",
        "load access fault",
        "store address misaligned",
        "store access fault",
        "ecall from user mode",
        "reserved",
        "reserved",
        "ecall from machine mode",
    };
    if (cause >> 31)
        return "unexpected interrupt";
    return cause < sizeof names / sizeof names[0] ? names[cause] : "reserved";
}

static void put(void *context, char character)
{
    (void)context;
    uart_put_polled(UART0_BASE, (uint8_t)character);
}

__attribute__((format(printf, 1, 2))) static void report(const char *text, ...)
{
    va_list arguments;
    va_start(arguments, text);
    format_to(put, 0, text, arguments);
    va_end(arguments);
}

_Noreturn void trap_fatal(uint32_t cause, uint32_t pc, uint32_t tval, uint32_t sp, uint32_t ra)
{
    report("\r\ntrap: cause %lu %s, pc 0x%08lx, tval 0x%08lx, sp 0x%08lx, ra 0x%08lx\r\n",
           cause & 0x7fffffffu, cause_name(cause), pc, tval, sp, ra);
    report("trap: reset\r\n");
    /* The last two characters are still on their way: the next byte would wait for them, too. */
    for (unsigned polls = 0; polls < 100000; polls++) {
        if (*reg8(UART0_BASE, UART_LSR) & UART_LSR_TEMT)
            break;
    }
    node_reset();
}

_Noreturn void node_reset(void)
{
    *reg32(STATUS_BASE, STATUS_RESET) = STATUS_RESET_NOW;
    for (;;)
        sleep_masked();
}

void interrupt_unexpected(void)
{
    trap_fatal(csr_read(mcause), csr_read(mepc), csr_read(mtval), 0, 0);
}
