/* commands.h - what fleetctl can do: functions and options of main.c's table,
 * each in the file of its noun. */
#ifndef FLEETCTL_COMMANDS_H
#define FLEETCTL_COMMANDS_H

#include "ctl.h"

int cmd_migrate(struct ctl *ctl);
int cmd_settings(struct ctl *ctl);
int cmd_topics(struct ctl *ctl);
int cmd_lane_list(struct ctl *ctl);
int cmd_lane_skip(struct ctl *ctl);
int cmd_lane_reset(struct ctl *ctl);
int cmd_replay(struct ctl *ctl);
int cmd_feed(struct ctl *ctl);
int cmd_dlq_list(struct ctl *ctl);
int cmd_dlq_show(struct ctl *ctl);
int cmd_dlq_retry(struct ctl *ctl);
int cmd_dlq_discard(struct ctl *ctl);
int cmd_delivery_list(struct ctl *ctl);
int cmd_delivery_show(struct ctl *ctl);
int cmd_delivery_retry(struct ctl *ctl);
int cmd_delivery_discard(struct ctl *ctl);
int cmd_delivery_pause(struct ctl *ctl);
int cmd_delivery_resume(struct ctl *ctl);
int cmd_prove(struct ctl *ctl);
int cmd_map_lint(struct ctl *ctl);
int cmd_map_test(struct ctl *ctl);
int cmd_map_run(struct ctl *ctl);
int cmd_connector_list(struct ctl *ctl);
int cmd_connector_lint(struct ctl *ctl);
int cmd_connector_call(struct ctl *ctl);
int cmd_doctor(struct ctl *ctl);

extern const struct option migrate_options[];
extern const struct option settings_options[];
extern const struct option topics_options[];
extern const struct option lane_list_options[];
extern const struct option lane_skip_options[];
extern const struct option lane_reset_options[];
extern const struct option replay_options[];
extern const struct option feed_options[];
extern const struct option dlq_list_options[];
extern const struct option dlq_show_options[];
extern const struct option dlq_change_options[];
extern const struct option delivery_list_options[];
extern const struct option delivery_change_options[];
extern const struct option target_change_options[];
extern const struct option prove_options[];
extern const struct option map_test_options[];
extern const struct option map_run_options[];
extern const struct option connector_call_options[];

#endif
