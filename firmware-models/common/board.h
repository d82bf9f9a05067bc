/*
 * The standard map of the boards: where the devices of a node lie and which interrupt line each
 * has. The same rows as in the models' machine.json; registers and bits are in include/hotspare,
 * which are generated from the devices themselves.
 */
#ifndef BOARD_H
#define BOARD_H

#include <stdint.h>

#include <hotspare/clint.h>
#include <hotspare/gpio.h>
#include <hotspare/interrupts.h>
#include <hotspare/status.h>
#include <hotspare/uart.h>
#include <hotspare/watchdog.h>

#define CLINT_BASE 0x02000000
#define UART0_BASE 0x10000000
#define UART1_BASE 0x10001000
#define GPIO_BASE 0x10002000
#define INTERRUPTS_BASE 0x10003000
#define WATCHDOG_BASE 0x10004000
#define STATUS_BASE 0x10005000
#define POOL_BASE 0x90000000

/* Lines of the interrupt unit. */
#define LINE_UART0 0
#define LINE_UART1 1
#define LINE_GPIO 2
#define LINE_WATCHDOG 3

/* Clocks of the peripherals: the 16550's usual crystal, and mtime. */
#define UART_CLOCK_HZ 14745600
#define MTIME_HZ 10000000

/** A 32-bit device register. */
static inline volatile uint32_t *reg32(uintptr_t base, uintptr_t offset)
{
    return (volatile uint32_t *)(base + offset);
}

/** A register of the 16550, which is a byte wide. */
static inline volatile uint8_t *reg8(uintptr_t base, uintptr_t offset)
{
    return (volatile uint8_t *)(base + offset);
}

#endif
