/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Batches for iproute2. Every line has a purpose in words, so that a failure says what was tried, on which link, and
 * what the kernel answered, and not that some line of standard input failed.
 */
#pragma once

#include <sys/types.h>

#include "base/error.h"
#include "base/strv.h"

/* What ip, nft and dnsmasq run with: messages that can be read by us, whatever the caller's language. */
extern char *const lx_net_environment[];

struct lx_ip_batch {
	char **lines;    /* as "ip -batch" reads them */
	char **purposes; /* one for each line: "eth0: create link lxab12 on bridge lxbr0" */
	size_t done;     /* after a failed run: lines that may have been carried out */
};

void lx_ip_batch_done(struct lx_ip_batch *batch);
#define _cleanup_ip_batch_ _cleanup_(lx_ip_batch_done)

/* Adds one line; the purpose is what an error begins with. 0 or -ENOMEM. */
int lx_ip_batch_add(struct lx_ip_batch *batch, const char *purpose, const char *format, ...) _printf_(3, 4);

/* Runs the lines in the network namespace of netns_fd (negative: our own) by one process. Stops at the first line that
 * fails; the code of the error is the kernel's. An empty batch starts nothing. */
int lx_ip_batch_run(struct lx_ip_batch *batch, int netns_fd, struct lx_error *err);

/*
 * The same in two halves, for our own namespace: loading iproute2 takes as long as making a link, and does not have to wait
 * until the batch can be written. All zero: there is no process.
 */
struct lx_ip_process {
	pid_t pid;
	int pidfd;
	int input_fd;  /* a socket, so that the end can be told though others have inherited it */
	int output_fd; /* a file in memory */
};

int lx_ip_begin(struct lx_ip_process *ret, struct lx_error *err);
/* As lx_ip_batch_run(); the process is gone afterwards. */
int lx_ip_finish(struct lx_ip_process *process, struct lx_ip_batch *batch, struct lx_error *err);
/* Ends a process that is not wanted any more. */
void lx_ip_process_done(struct lx_ip_process *process);

/* The error for what ip printed before it failed; sets done. Returns its code. */
int lx_ip_explain(struct lx_ip_batch *batch, const char *output, struct lx_error *err);
