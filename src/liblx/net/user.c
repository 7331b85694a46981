/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * user: a link whose other end is a program on the host, which speaks for the container with ordinary sockets of its own.
 * Nothing is made on the host, and no right over its network is needed.
 *
 * The program parses every packet of the guest, so it is kept small: it runs as the container's root, an id that nobody else
 * on the host has, with rights over the container's namespaces only, which it was born into (enter_ns); both programs go
 * on to an empty root directory and a filter of system calls by themselves. A container without a user namespace has none
 * to lend: there it is root of the host. It reaches nothing of the host's loopback.
 *
 * Standard input is the network namespace, as no other descriptor is kept by all versions; the first byte on standard
 * output says that the link is there.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "base/fd.h"
#include "base/file.h"
#include "base/process.h"
#include "base/str.h"
#include "net/address.h"
#include "net/net.h"
#include "sys/sys.h"

#define NETNS_PATH "/proc/self/fd/0"
#define TUN_PATH "/dev/net/tun"
#define DEFAULT_ADDRESS "10.0.2.100/24"
#define DEFAULT_MTU 65520
#define READY_TIMEOUT_MSEC 20000
#define OUTPUT_MAX (64 * 1024)

/* What not every program can do. */
enum {
	FORWARDS = 1 << 0,
	ANY_ADDRESS = 1 << 1,   /* otherwise the 100th of its network, and the gateway the second */
	IPV6 = 1 << 2,
};

struct program {
	const char *name, *package;
	unsigned abilities;
	int (*arguments)(const struct lx_link *link, bool as_root, char ***args);
};

/* ---- addresses ----------------------------------------------------------------------------------------------- */

/* The nth address of a network. */
static struct lx_address nth_address(const struct lx_address *a, unsigned n)
{
	struct lx_address result = lx_address_network(a);

	result.bytes[a->family == AF_INET ? 3 : 15] |= (unsigned char)n;
	return result;
}

static const char *find_address(const struct lx_link *link, int family, struct lx_address *ret)
{
	strv_for_each(text, link->addresses)
		if (lx_address_parse(text, family, ret) == 0)
			return text;

	return NULL;
}

/* The second and the third address are the gateway's and the name server's, as slirp4netns has them. */
static int build_gateway(struct lx_link *link, int family, const char *wish, char **ret, struct lx_error *err)
{
	char text[LX_ADDRESS_TEXT_MAX];
	struct lx_address own, gateway;

	if (!find_address(link, family, &own))
		return 0;
	gateway = nth_address(&own, 2);
	if (wish && !str_equal(wish, "auto") && lx_address_parse(wish, family, &gateway) < 0)
		return lx_error_say(err, -EINVAL, "%s: %s cannot be a gateway", link->label, wish);
	if (own.prefix > (family == AF_INET ? 29u : 64u))
		return lx_error_say(err, -EINVAL, "%s: the network of a link of type user needs more addresses than /%u has", link->label,
				    own.prefix);
	if (memcmp(gateway.bytes, own.bytes, sizeof(own.bytes)) == 0)
		return lx_error_say(err, -EINVAL, "%s: %s is the gateway of its network; set another address", link->label,
				    lx_address_format(&own, text));

	return str_set(ret, lx_address_format(&gateway, text)) < 0 ? lx_error_oom(err) : 0;
}

static int build(const struct lx_config_network *wish, struct lx_link *link, struct lx_error *err)
{
	char *fallback[] = { (char *)DEFAULT_ADDRESS, NULL };
	int r;

	if (str_set(&link->host_name, "") < 0 || str_set(&link->bridge, "") < 0 ||
	    strv_extend(&link->addresses, wish->ipv4_address ?: fallback) < 0 ||
	    strv_extend(&link->addresses, wish->ipv6_address) < 0 || strv_extend(&link->forwards, wish->forward) < 0)
		return lx_error_oom(err);

	link->mtu = wish->mtu ?: DEFAULT_MTU;
	r = build_gateway(link, AF_INET, wish->ipv4_gateway, &link->gateway4, err);
	return r < 0 ? r : build_gateway(link, AF_INET6, wish->ipv6_gateway, &link->gateway6, err);
}

/* ---- arguments of programs ----------------------------------------------------------------------------------- */

static int add(char ***args, const char *const *words, size_t n)
{
	int r = 0;

	for (size_t i = 0; r >= 0 && i < n; i++)
		r = strv_append(args, words[i]);
	return r;
}
#define ADD(args, ...) add(args, (const char *const[]){ __VA_ARGS__ }, array_size(((const char *const[]){ __VA_ARGS__ })))

/* "tcp 127.0.0.1:8080 80" to -t 127.0.0.1/8080:80. Without a line it would forward on its own account. */
static int pasta_forwards(const struct lx_link *link, const char *protocol, const char *option, char ***args)
{
	bool any = false;
	int r = 0;

	strv_for_each(forward, link->forwards) {
		_cleanup_strv_ char **words = NULL;
		char *colon;

		r = strv_split(forward, " ", &words);
		if (r < 0 || strv_length(words) != 3 || !str_equal(words[0], protocol))
			continue;
		colon = strchr(words[1], ':');
		if (colon)
			*colon = '/';
		any = true;
		r = strv_append(args, option);
		r = r < 0 ? r : strv_appendf(args, "%s:%s", words[1], words[2]);
		if (r < 0)
			return r;
	}
	return any ? r : ADD(args, option, "none");
}

static int pasta_arguments(const struct lx_link *link, bool as_root, char ***args)
{
	char own4[LX_ADDRESS_TEXT_MAX], own6[LX_ADDRESS_TEXT_MAX], names[LX_ADDRESS_TEXT_MAX], prefix[16], mtu[16];
	struct lx_address a4, a6, server;
	int r;

	if (!find_address(link, AF_INET, &a4))
		return -EINVAL;
	server = nth_address(&a4, 3);
	snprintf(prefix, sizeof(prefix), "%u", a4.prefix);
	snprintf(mtu, sizeof(mtu), "%u", link->mtu);

	r = ADD(args, "pasta", "-f", "-q", "--netns-only", "--netns", NETNS_PATH, "--config-net");
	if (r >= 0 && as_root)
		r = ADD(args, "--runas", "0"); /* nobody may not enter the namespace */
	if (r >= 0)
		r = ADD(args, "-I", link->name, "--ns-mac-addr", link->mac, "-m", mtu);
	if (r >= 0)
		r = ADD(args, "-a", lx_address_format(&a4, own4), "-n", prefix, "-g", link->gateway4);
	if (r >= 0)
		r = find_address(link, AF_INET6, &a6) ? ADD(args, "-a", lx_address_format(&a6, own6), "-g", link->gateway6) : ADD(args, "-4");
	if (r >= 0)
		r = ADD(args, "--dns-forward", lx_address_format(&server, names), "--dhcp-dns");
	if (r >= 0)
		r = ADD(args, "--no-map-gw", "-T", "none", "-U", "none"); /* nothing of the host's loopback */
	if (r >= 0)
		r = pasta_forwards(link, "tcp", "-t", args);
	if (r >= 0)
		r = pasta_forwards(link, "udp", "-u", args);

	return r < 0 ? r : ADD(args, "-P", "/dev/stdout");
}

static int slirp_arguments(const struct lx_link *link, bool as_root _unused_, char ***args)
{
	char text[LX_ADDRESS_TEXT_MAX];
	struct lx_address a, network;
	int r;

	if (!find_address(link, AF_INET, &a))
		return -EINVAL;
	network = lx_address_network(&a);

	r = ADD(args, "slirp4netns", "--configure", "--disable-host-loopback", "--enable-sandbox", "--enable-seccomp", "--ready-fd=1",
		"--netns-type=path");
	if (r >= 0)
		r = strv_appendf(args, "--mtu=%u", link->mtu);
	if (r >= 0)
		r = strv_appendf(args, "--macaddress=%s", link->mac);
	if (r >= 0)
		r = strv_appendf(args, "--cidr=%s/%u", lx_address_format(&network, text), a.prefix);

	return r < 0 ? r : ADD(args, NETNS_PATH, link->name);
}

/* The best one first. */
static const struct program programs[] = {
	{ "pasta", "passt", FORWARDS | ANY_ADDRESS | IPV6, pasta_arguments },
	{ "slirp4netns", "slirp4netns", 0, slirp_arguments },
};

/* ---- choice -------------------------------------------------------------------------------------------------- */

static bool is_fixed_address(const struct lx_link *link)
{
	char text[LX_ADDRESS_TEXT_MAX];
	struct lx_address own, fixed, gateway;

	if (!find_address(link, AF_INET, &own))
		return false;
	fixed = nth_address(&own, 100);
	gateway = nth_address(&own, 2);
	return own.prefix <= 25 && memcmp(own.bytes, fixed.bytes, sizeof(own.bytes)) == 0 &&
	       str_equal(link->gateway4, lx_address_format(&gateway, text));
}

static unsigned needed_abilities(const struct lx_link *link)
{
	return (link->forwards ? FORWARDS : 0) | (is_fixed_address(link) ? 0 : ANY_ADDRESS) | (link->gateway6 ? IPV6 : 0);
}

static const struct program *find_program(unsigned abilities)
{
	for (size_t i = 0; i < array_size(programs); i++)
		if ((programs[i].abilities & abilities) == abilities && process_have(programs[i].name))
			return &programs[i];

	return NULL;
}

const char *lx_net_user_program(void)
{
	const struct program *program = find_program(0);

	return program ? program->name : NULL;
}

static bool is_for_all(void)
{
	struct stat st;

	return stat(TUN_PATH, &st) == 0 && (st.st_mode & 0006) == 0006;
}

bool lx_net_user_is_usable(void)
{
	return lx_net_user_program() && is_for_all();
}

static const char *ability_words(unsigned missing)
{
	return missing & FORWARDS ? "forward" : missing & IPV6 ? "ipv6.address" : "an ipv4.address of another form than N.N.N.100";
}

static int choose(const struct lx_link *link, const struct program **ret, struct lx_error *err)
{
	unsigned needed = needed_abilities(link);
	const struct program *any = find_program(0);

	*ret = find_program(needed);
	if (*ret)
		return 0;
	if (!any)
		return lx_error_say(err, -ENOENT, "%s: neither %s nor %s is installed, one of which a link of type user needs; install %s",
				    link->label, programs[0].name, programs[1].name, programs[0].package);
	return lx_error_say(err, -ENOTSUP, "%s: %s cannot do %s; install %s", link->label, any->name,
			    ability_words(needed & ~any->abilities), programs[0].package);
}

static int check(const struct lx_link *link, struct lx_error *err)
{
	const struct program *program;
	int r = choose(link, &program, err);

	if (r < 0)
		return r;
	return access(TUN_PATH, F_OK) < 0 ? lx_error_set(err, -errno, "%s: " TUN_PATH ", which %s needs; run modprobe tun", link->label,
							 program->name)
					  : 0;
}

/* ---- start --------------------------------------------------------------------------------------------------- */

/* The end of what it said, or how it ended. */
static int explain(const struct lx_link *link, const char *program, int log_fd, bool lone, struct lx_error *err)
{
	_cleanup_free_ char *output = NULL;
	const char *line = "it gave no reason";
	int r = -EIO;

	if (lseek(log_fd, 0, SEEK_SET) == 0 && file_read_fd(log_fd, OUTPUT_MAX, &output, NULL) == 0 && *str_strip(output)) {
		char *text = str_strip(output), *newline = strrchr(text, '\n');

		line = str_printable(newline ? newline + 1 : text);
	}
	r = lx_error_say(err, r, "%s: %s: %s", link->label, program, line);
	if (lone && !is_for_all())
		lx_error_advise(err, TUN_PATH " is not for everybody here; run chmod 0666 " TUN_PATH);
	return r;
}

/* 1: it is there, 0: it has ended or does not get on. */
static int wait_ready(int output_fd)
{
	struct pollfd p = { .fd = output_fd, .events = POLLIN };
	char byte;
	int r;

	do
		r = poll(&p, 1, READY_TIMEOUT_MSEC);
	while (r < 0 && errno == EINTR);

	return r > 0 && read(output_fd, &byte, 1) == 1;
}

static void stop(struct lx_link *link)
{
	if (link->pid <= 0)
		return;
	(void)sys_pidfd_signal(link->pidfd, SIGKILL);
	(void)sys_pidfd_wait(link->pidfd, false, NULL);
	close_fd(link->pidfd);
	link->pid = 0;
}

static int spawn(struct lx_link *link, char *const *args, int netns_fd, int userns_fd, int output_fd, int log_fd, struct lx_error *err)
{
	const struct process_options options = {
		.argv = args,
		.env = lx_net_environment,
		.stdin_fd = netns_fd,
		.stdout_fd = output_fd,
		.stderr_fd = log_fd,
		.enter_ns = &userns_fd,
		.n_enter_ns = userns_fd >= 0,
		.become_root = userns_fd >= 0,
		.death_signal = SIGKILL,
		.work_dir = "/",
	};

	/* pasta opens it anew, by its name in /proc, as the container's root */
	if (fchmod(output_fd, 0666) < 0)
		return lx_error_set(err, -errno, "%s: prepare a pipe", link->label);
	return process_spawn(&options, &link->pid, &link->pidfd, err);
}

static int start(struct lx_link *link, int netns_fd, int userns_fd, struct lx_error *err)
{
	_cleanup_close_ int read_fd = -EBADF, write_fd = -EBADF, log_fd = -EBADF;
	const struct program *program;
	_cleanup_strv_ char **args = NULL;
	int pipe_fds[2], r;

	r = choose(link, &program, err);
	if (r < 0)
		return r;
	if (program->arguments(link, userns_fd < 0, &args) < 0)
		return lx_error_oom(err);

	log_fd = memfd_create("lx-link", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (log_fd < 0 || pipe2(pipe_fds, O_CLOEXEC) < 0)
		return lx_error_set(err, -errno, "%s: prepare %s", link->label, program->name);
	read_fd = pipe_fds[0];
	write_fd = pipe_fds[1];

	r = spawn(link, args, netns_fd, userns_fd, write_fd, log_fd, err);
	if (r < 0)
		return r;
	write_fd = close_fd(write_fd);
	if (!wait_ready(read_fd)) {
		stop(link);
		return explain(link, program->name, log_fd, userns_fd >= 0, err);
	}

	/* what it says from now on cannot fill our memory */
	(void)fcntl(log_fd, F_ADD_SEALS, F_SEAL_GROW);
	return 0;
}

const struct lx_net_driver lx_net_user = {
	.name = "user",
	.own_namespace = true,
	.has_link = true,
	.build = build,
	.check = check,
	.start = start,
	.stop = stop,
};
