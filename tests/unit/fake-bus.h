/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A bus in place of systemd/bus.c: it writes each call down, "Member s:web ay:16 u:42", and answers as it was told, by the name
 * of the member: by an error, or by values that lx_bus_read() gives. What was told nothing succeeds.
 */
#pragma once

#include <stdint.h>

void fake_bus_reset(void);
/* The next answer to this member that is not given yet. error NULL: it succeeds, and reads as text or number. */
void fake_bus_answer(const char *member, const char *error, const char *text, uint32_t number);
/* The next lx_bus_process() brings the signal that is watched for: JobRemoved of this job. */
void fake_bus_job_removed(const char *job, const char *result);
/* Nobody listens. */
void fake_bus_refuse(int error);
const char *fake_bus_log(void);
