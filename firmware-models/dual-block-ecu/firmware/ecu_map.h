/*
 * The map of one processing block (README.md of the model, "Address map"), in the names that the
 * common drivers use. BLOCK is 0 to 3: each block has its own binary, since its RAM and devices lie
 * at addresses that only it can reach.
 */
#ifndef ECU_MAP_H
#define ECU_MAP_H

#include <hotspare/adc.h>
#include <hotspare/clint.h>
#include <hotspare/clock_switch.h>
#include <hotspare/interrupts.h>
#include <hotspare/lockstep.h>
#include <hotspare/pwm.h>
#include <hotspare/status.h>
#include <hotspare/uart.h>
#include <hotspare/voltage_monitor.h>
#include <hotspare/watchdog.h>

#define BLOCK_BASE (0x10000000 + BLOCK * 0x01000000)
#define PWM_BASE (BLOCK_BASE + 0x200000)
#define CLINT_BASE (BLOCK_BASE + 0x210000)
#define WATCHDOG_BASE (BLOCK_BASE + 0x220000)
#define UART0_BASE (BLOCK_BASE + 0x230000)
#define ADC_BASE (BLOCK_BASE + 0x240000)
#define INTERRUPTS_BASE (BLOCK_BASE + 0x250000)
#define LOCKSTEP_BASE (BLOCK_BASE + 0x260000)
#define STATUS_BASE (BLOCK_BASE + 0x270000)
#define VOLTAGE_MONITOR_BASE (BLOCK_BASE + 0x280000)
#define SHARED_BASE 0x20000000
#define CLOCK_SWITCH_BASE (0x30001000 + BLOCK * 0x1000)

/* Lines of the interrupt unit, all levels. */
#define LINE_ADC 0
#define LINE_PWM 1
#define LINE_LOCKSTEP 2
#define LINE_SWITCH 3
#define LINE_VOLTAGE 4
#define LINE_WATCHDOG 5
#define LINE_UART0 6

/* The block's clock drives CPU, PWM, ADC, watchdog and timer; the UART has a crystal. */
#define BLOCK_CLOCK_HZ 80000000
#define MTIME_HZ BLOCK_CLOCK_HZ
#define UART_CLOCK_HZ 14745600

#endif
