/*
 * The commands of the BMC: one handler each, one row each in command_table.c. A handler reads a
 * request whose length the table has checked, fills the response's data and size and returns its
 * completion code.
 */
#ifndef COMMANDS_H
#define COMMANDS_H

#include "message.h"

typedef enum completion command_handler(const struct request *request,
                                        struct response *response);

struct command_row {
    uint8_t netfn;
    uint8_t command;
    uint8_t privilege; /* least privilege (IPMI 2.0, appendix G) */
    uint8_t min_bytes; /* of the request's data */
    uint8_t max_bytes;
    command_handler *run;
};

extern const struct command_row command_rows[];
extern const uint32_t command_row_count;

/* commands_app.c */
command_handler get_device_id, cold_reset, warm_reset, get_self_test, get_device_guid;
command_handler set_acpi_state, get_acpi_state;
command_handler set_watchdog, get_watchdog, reset_watchdog;
command_handler set_global_enables, get_global_enables;
/* commands_bridge.c */
command_handler clear_message_flags, get_message_flags, get_message, send_message;
/* commands_session.c */
command_handler get_auth_capabilities, get_session_challenge, activate_session;
command_handler set_session_privilege, close_session, get_session_info;
command_handler set_channel_access, get_channel_access, get_channel_info;
/* commands_user.c */
command_handler set_user_access, get_user_access, set_user_name, get_user_name;
command_handler set_user_password;
/* commands_chassis.c */
command_handler get_chassis_capabilities, get_chassis_status, chassis_control;
command_handler chassis_identify, set_power_policy, get_restart_cause;
command_handler set_boot_options, get_boot_options, get_poh_counter;
/* commands_sensor.c */
command_handler set_event_receiver, get_event_receiver, platform_event;
command_handler set_hysteresis, get_hysteresis, set_thresholds, get_thresholds;
command_handler set_event_enable, get_event_enable, rearm_events, get_event_status;
command_handler get_sensor_reading;
/* commands_storage.c */
command_handler get_fru_info, read_fru, write_fru;
command_handler get_sdr_info, get_sdr_allocation, reserve_sdr, get_sdr, get_sdr_time;
/* commands_sel.c */
command_handler get_sel_info, get_sel_allocation, reserve_sel, get_sel_entry, add_sel_entry;
command_handler delete_sel_entry, clear_sel, get_sel_time, set_sel_time;
/* commands_oem.c */
command_handler set_test_mode, get_counter, get_link_state, notify_link, set_serial_rate;
command_handler ask_host, get_host_answer;

#endif
