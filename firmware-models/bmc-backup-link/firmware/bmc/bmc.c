/*
 * Start and restart of the management controller's portable layers (bmc.h).
 */
#include "bmc.h"

#include "bridge.h"
#include "config.h"
#include "fru.h"
#include "mctp.h"
#include "power.h"
#include "sel.h"
#include "sensors.h"
#include "serial_port.h"
#include "session.h"
#include "watchdog.h"

static enum { STAYS, RESTARTS_WARM, RESTARTS_COLD } restart;

void bmc_start(bool cold)
{
    restart = STAYS;
    config_start();
    sel_start();
    fru_start();
    sensors_start();
    session_start();
    bridge_start();
    watchdog_start();
    serial_port_start();
    mctp_start();
    power_start(cold);
}

void bmc_restart_soon(bool cold)
{
    restart = cold ? RESTARTS_COLD : RESTARTS_WARM;
}

bool bmc_restarts(void)
{
    return restart != STAYS;
}

bool bmc_restart_is_cold(void)
{
    return restart == RESTARTS_COLD;
}

void bmc_restart_warm(void)
{
    restart = STAYS;
    session_start();
    bridge_start();
    serial_port_start();
    mctp_start();
}
