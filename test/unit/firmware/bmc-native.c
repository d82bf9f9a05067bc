/*
 * The portable layers of the BMC's firmware on a common computer.
 *
 * With an argument "line" it is a BMC on standard input and output, byte by byte, for a real
 * client. Otherwise it reads one step a line and prints what the BMC does:
 *
 * A line with a dot ends what the start, and then each step, has printed.
 *
 *   rx HEX        bytes arrive on the serial port        tx HEX       bytes that are sent
 *   mctp HEX      bytes arrive on the second port        (its answers, too)
 *   text TEXT     the same as text, then CR              restart cold|warm
 *   ms N          time goes on, in steps of 10 ms        power N      commands to the power unit
 *   sensor N V    a value in thousandths                 lamp N       the identify lamp
 *   lose N        the sensor has no reading              torn         the power was lost
 *   states N V    states of a discrete sensor
 *   event N       events of the power unit
 *   tear N        the flash loses its power after N more bytes
 *   reset         the BMC starts anew from its flash; the board stays on
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backup_bmc.h"
#include "bmc-native.h"
#include "bmc.h"
#include "hardware.h"
#include "mctp.h"
#include "power.h"
#include "sel.h"
#include "sensors.h"
#include "serial_port.h"
#include "watchdog.h"

static bool is_line;
static uint8_t sent[4096];
static uint32_t sent_bytes;

void serial_port_send(const uint8_t *bytes, uint32_t size_bytes)
{
    if (is_line) {
        fwrite(bytes, 1, size_bytes, stdout);
        fflush(stdout);
        return;
    }
    if (size_bytes > sizeof sent - sent_bytes)
        abort();
    memcpy(sent + sent_bytes, bytes, size_bytes);
    sent_bytes += size_bytes;
}

void mctp_send(const uint8_t *bytes, uint32_t size_bytes)
{
    serial_port_send(bytes, size_bytes);
}

/* Nothing hangs on the control interface and the management interface here. */

bool hw_peci_transfer(uint8_t address, const uint8_t *write, uint32_t write_bytes, bool aw,
                      uint8_t *read, uint32_t read_bytes)
{
    (void)address;
    (void)write;
    (void)write_bytes;
    (void)aw;
    (void)read;
    (void)read_bytes;
    return false;
}

uint8_t hw_kcs_status(void)
{
    return 0;
}

uint8_t hw_kcs_take(void)
{
    return 0;
}

void hw_kcs_put(uint8_t byte)
{
    (void)byte;
}

void hw_kcs_set_status(uint8_t bits)
{
    (void)bits;
}

void hw_kcs_restart(void)
{
}

void backup_bmc_keep(uint32_t word)
{
    (void)word;
}

static void print_sent(void)
{
    if (sent_bytes == 0)
        return;
    printf("tx ");
    for (uint32_t i = 0; i < sent_bytes; i++)
        printf("%02x", sent[i]);
    printf("\n");
    sent_bytes = 0;
}

static void work(void)
{
    power_work();
    watchdog_work();
    (void)serial_port_work();
    sel_work();
}

static void advance(uint32_t ms)
{
    for (; ms >= 10; ms -= 10) {
        native_advance(10);
        work();
    }
    native_advance(ms);
    work();
}

static void take_hex(const char *hex, void (*take)(uint8_t byte))
{
    unsigned byte;
    for (; sscanf(hex, "%2x", &byte) == 1; hex += 2) {
        take((uint8_t)byte);
        if (hex[1] == '\0')
            abort();
    }
}

static void take_text(const char *text)
{
    for (; *text != '\0'; text++)
        serial_port_take((uint8_t)*text);
    serial_port_take('\r');
}

static void restart_if_asked(void)
{
    if (!bmc_restarts())
        return;
    const bool cold = bmc_restart_is_cold();
    printf("restart %s\n", cold ? "cold" : "warm");
    if (cold)
        bmc_start(false);
    else
        bmc_restart_warm();
}

static void step(char *line)
{
    char *argument = strchr(line, ' ');
    if (argument != NULL)
        *argument++ = '\0';
    const uint32_t number = argument != NULL ? (uint32_t)strtoul(argument, NULL, 0) : 0;
    const char *second = argument != NULL ? strchr(argument, ' ') : NULL;
    const long value = second != NULL ? strtol(second, NULL, 0) : 0;
    if (strcmp(line, "rx") == 0)
        take_hex(argument, serial_port_take);
    else if (strcmp(line, "mctp") == 0)
        take_hex(argument, mctp_take);
    else if (strcmp(line, "text") == 0)
        take_text(argument);
    else if (strcmp(line, "ms") == 0)
        advance(number);
    else if (strcmp(line, "sensor") == 0)
        sensor_update((enum sensor_id)number, (int32_t)value);
    else if (strcmp(line, "lose") == 0)
        sensor_lose((enum sensor_id)number);
    else if (strcmp(line, "states") == 0)
        sensor_set_states((enum sensor_id)number, (uint16_t)value);
    else if (strcmp(line, "event") == 0)
        native_power_event(number);
    else if (strcmp(line, "tear") == 0)
        native_tear_after(number);
    else if (strcmp(line, "reset") == 0)
        bmc_start(false);
    else
        abort();
    if (native_was_torn()) {
        printf("torn\n");
        sent_bytes = 0;
        bmc_start(false);
    }
    print_sent();
    restart_if_asked();
}

int main(int count, char **arguments)
{
    static char line[100000];
    is_line = count > 1 && strcmp(arguments[1], "line") == 0;
    bmc_start(true);
    if (is_line) {
        for (int byte = getchar(); byte != EOF; byte = getchar()) {
            native_advance(1);
            serial_port_take((uint8_t)byte);
            work();
        }
        return 0;
    }
    printf(".\n");
    while (fgets(line, sizeof line, stdin) != NULL) {
        line[strcspn(line, "\n")] = '\0';
        step(line);
        printf(".\n");
        fflush(stdout);
    }
    return 0;
}
