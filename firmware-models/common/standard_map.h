/*
 * The standard map of the boards: where the devices of a node lie and which interrupt line each
 * has. The same rows as in the models' machine.json; registers and bits are in include/hotspare,
 * which are generated from the devices themselves.
 */
#ifndef STANDARD_MAP_H
#define STANDARD_MAP_H

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

#endif
