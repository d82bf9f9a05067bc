/*
 * Every command of the BMC (commands.h), by network function and number: IPMI 2.0, appendix G.
 * What has no row is answered C1.
 */
#include "commands.h"
#include "libc.h"

#define NONE PRIVILEGE_NONE
#define CALLBACK PRIVILEGE_CALLBACK
#define USER PRIVILEGE_USER
#define OPERATOR PRIVILEGE_OPERATOR
#define ADMIN PRIVILEGE_ADMINISTRATOR

const struct command_row command_rows[] = {
    /* netFn          cmd   privilege min max handler */
    {NETFN_CHASSIS, 0x00, USER, 0, 0, get_chassis_capabilities},
    {NETFN_CHASSIS, 0x01, USER, 0, 0, get_chassis_status},
    {NETFN_CHASSIS, 0x02, OPERATOR, 1, 1, chassis_control},
    {NETFN_CHASSIS, 0x04, OPERATOR, 0, 2, chassis_identify},
    {NETFN_CHASSIS, 0x06, OPERATOR, 1, 1, set_power_policy},
    {NETFN_CHASSIS, 0x07, USER, 0, 0, get_restart_cause},
    {NETFN_CHASSIS, 0x08, OPERATOR, 1, 17, set_boot_options},
    {NETFN_CHASSIS, 0x09, OPERATOR, 3, 3, get_boot_options},
    {NETFN_CHASSIS, 0x0f, USER, 0, 0, get_poh_counter},

    {NETFN_SENSOR, 0x00, ADMIN, 2, 2, set_event_receiver},
    {NETFN_SENSOR, 0x01, USER, 0, 0, get_event_receiver},
    {NETFN_SENSOR, 0x02, OPERATOR, 5, 8, platform_event},
    {NETFN_SENSOR, 0x24, OPERATOR, 4, 4, set_hysteresis},
    {NETFN_SENSOR, 0x25, USER, 2, 2, get_hysteresis},
    {NETFN_SENSOR, 0x26, OPERATOR, 8, 8, set_thresholds},
    {NETFN_SENSOR, 0x27, USER, 1, 1, get_thresholds},
    {NETFN_SENSOR, 0x28, OPERATOR, 2, 6, set_event_enable},
    {NETFN_SENSOR, 0x29, USER, 1, 1, get_event_enable},
    {NETFN_SENSOR, 0x2a, OPERATOR, 2, 6, rearm_events},
    {NETFN_SENSOR, 0x2b, USER, 1, 1, get_event_status},
    {NETFN_SENSOR, 0x2d, USER, 1, 1, get_sensor_reading},

    {NETFN_APP, 0x01, USER, 0, 0, get_device_id},
    {NETFN_APP, 0x02, ADMIN, 0, 0, cold_reset},
    {NETFN_APP, 0x03, ADMIN, 0, 0, warm_reset},
    {NETFN_APP, 0x04, USER, 0, 0, get_self_test},
    {NETFN_APP, 0x06, ADMIN, 2, 2, set_acpi_state},
    {NETFN_APP, 0x07, USER, 0, 0, get_acpi_state},
    {NETFN_APP, 0x08, USER, 0, 0, get_device_guid},
    {NETFN_APP, 0x22, OPERATOR, 0, 0, reset_watchdog},
    {NETFN_APP, 0x24, OPERATOR, 6, 6, set_watchdog},
    {NETFN_APP, 0x25, USER, 0, 0, get_watchdog},
    {NETFN_APP, 0x2e, ADMIN, 1, 1, set_global_enables},
    {NETFN_APP, 0x2f, USER, 0, 0, get_global_enables},
    {NETFN_APP, 0x30, USER, 1, 1, clear_message_flags},
    {NETFN_APP, 0x31, USER, 0, 0, get_message_flags},
    {NETFN_APP, 0x33, USER, 0, 0, get_message},
    {NETFN_APP, 0x34, USER, 1, MESSAGE_DATA_MAX, send_message},
    {NETFN_APP, 0x37, USER, 0, 0, get_device_guid}, /* Get System GUID: the same board */
    {NETFN_APP, 0x38, NONE, 2, 2, get_auth_capabilities},
    {NETFN_APP, 0x39, NONE, 17, 17, get_session_challenge},
    {NETFN_APP, 0x3a, NONE, 22, 22, activate_session},
    {NETFN_APP, 0x3b, USER, 1, 1, set_session_privilege},
    {NETFN_APP, 0x3c, CALLBACK, 4, 5, close_session},
    {NETFN_APP, 0x3d, USER, 1, 5, get_session_info},
    {NETFN_APP, 0x40, ADMIN, 3, 3, set_channel_access},
    {NETFN_APP, 0x41, USER, 2, 2, get_channel_access},
    {NETFN_APP, 0x42, USER, 1, 1, get_channel_info},
    {NETFN_APP, 0x43, ADMIN, 3, 4, set_user_access},
    {NETFN_APP, 0x44, OPERATOR, 2, 2, get_user_access},
    {NETFN_APP, 0x45, ADMIN, 17, 17, set_user_name},
    {NETFN_APP, 0x46, OPERATOR, 1, 1, get_user_name},
    {NETFN_APP, 0x47, ADMIN, 2, 22, set_user_password},

    {NETFN_STORAGE, 0x10, USER, 1, 1, get_fru_info},
    {NETFN_STORAGE, 0x11, USER, 4, 4, read_fru},
    {NETFN_STORAGE, 0x12, OPERATOR, 3, MESSAGE_DATA_MAX, write_fru},
    {NETFN_STORAGE, 0x20, USER, 0, 0, get_sdr_info},
    {NETFN_STORAGE, 0x21, USER, 0, 0, get_sdr_allocation},
    {NETFN_STORAGE, 0x22, USER, 0, 0, reserve_sdr},
    {NETFN_STORAGE, 0x23, USER, 6, 6, get_sdr},
    {NETFN_STORAGE, 0x28, USER, 0, 0, get_sdr_time},
    {NETFN_STORAGE, 0x40, USER, 0, 0, get_sel_info},
    {NETFN_STORAGE, 0x41, USER, 0, 0, get_sel_allocation},
    {NETFN_STORAGE, 0x42, USER, 0, 0, reserve_sel},
    {NETFN_STORAGE, 0x43, USER, 6, 6, get_sel_entry},
    {NETFN_STORAGE, 0x44, OPERATOR, 16, 16, add_sel_entry},
    {NETFN_STORAGE, 0x46, OPERATOR, 4, 4, delete_sel_entry},
    {NETFN_STORAGE, 0x47, OPERATOR, 6, 6, clear_sel},
    {NETFN_STORAGE, 0x48, USER, 0, 0, get_sel_time},
    {NETFN_STORAGE, 0x49, OPERATOR, 4, 4, set_sel_time},

    {NETFN_OEM, 0x01, ADMIN, 1, 1, set_test_mode},
    {NETFN_OEM, 0x02, USER, 1, 1, get_counter},
    {NETFN_OEM, 0x03, USER, 0, 0, get_link_state},
    {NETFN_OEM, 0x04, ADMIN, 1, 1, notify_link},
    {NETFN_OEM, 0x05, ADMIN, 4, 4, set_serial_rate},
    {NETFN_OEM, 0x06, OPERATOR, 1, 8, ask_host},
    {NETFN_OEM, 0x07, USER, 1, 1, get_host_answer},
};
const uint32_t command_row_count = sizeof command_rows / sizeof command_rows[0];

static const struct command_row *find(const struct request *request)
{
    for (uint32_t i = 0; i < command_row_count; i++) {
        if (command_rows[i].netfn == request->netfn &&
            command_rows[i].command == request->command)
            return &command_rows[i];
    }
    return 0;
}

static enum completion run(const struct request *request, struct response *response)
{
    const struct command_row *row = find(request);
    if (row == 0)
        return CC_BAD_COMMAND;
    if (request->lun != 0)
        return CC_BAD_LUN;
    if (request->privilege < row->privilege)
        return CC_PRIVILEGE;
    if (request->size_bytes < row->min_bytes || request->size_bytes > row->max_bytes)
        return CC_LENGTH;
    return row->run(request, response);
}

void command_execute(const struct request *request, struct response *response)
{
    memset(response, 0, sizeof *response);
    response->completion = (uint8_t)run(request, response);
    if (response->size_bytes > request->reply_max_bytes)
        response->completion = CC_TOO_MANY_BYTES;
    if (response->completion != CC_OK)
        response->size_bytes = 0;
}
