/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What makes a system itself. Two systems from one image must not share any of it: with one machine id they get one DHCP
 * lease, with one host key each can pose as the other. It is done here, for every template alike.
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "image/image.h"

#include "base/file.h"
#include "base/str.h"
#include "base/strv.h"
#include "image/rooted.h"
#include "sys/sys.h"

#define SECRET_MAX 4096
#define KEYS_MAX (64 * 1024)

static const struct lx_rooted_owner root = { 0, 0 };

/* Seeds and secrets that the first boot makes anew; names of the host where the image was built. */
static const char *const removed[] = {
	"/var/lib/systemd/random-seed",
	"/var/lib/systemd/credential.secret",
	"/var/lib/urandom/random-seed",
	"/var/lib/seedrng",
	"/etc/hostname",
	"/etc/machine-info",
};

static int remove_host_keys(int root_fd)
{
	_cleanup_strv_ char **names = NULL;
	int r;

	r = lx_rooted_list(root_fd, "/etc/ssh", &names);
	strv_for_each(name, names) {
		_cleanup_free_ char *path = NULL;

		if (r < 0 || !str_after(name, "ssh_host_") || !strstr(name, "_key"))
			continue;
		path = str_format("/etc/ssh/%s", name);
		r = path ? lx_rooted_remove(root_fd, path) : -ENOMEM;
	}
	return r;
}

/* An empty file, which systemd fills at boot from container_uuid. A guest that has none needs none. */
static int reset_machine_id(int root_fd)
{
	int r;

	r = lx_rooted_exists(root_fd, "/etc/machine-id");
	if (r == 0)
		r = lx_rooted_exists(root_fd, "/lib/systemd/systemd");
	if (r > 0)
		r = lx_rooted_write(root_fd, "/etc/machine-id", "", 0, 0444, root);
	if (r < 0)
		return r;

	r = lx_rooted_exists(root_fd, "/var/lib/dbus");
	return r > 0 ? lx_rooted_symlink(root_fd, "/etc/machine-id", "/var/lib/dbus/machine-id") : r;
}

int lx_identity_reset(int root_fd, struct lx_error *err)
{
	int r;

	r = reset_machine_id(root_fd);
	if (r < 0)
		return lx_error_set(err, r, "reset the machine id");
	r = remove_host_keys(root_fd);
	if (r < 0)
		return lx_error_set(err, r, "remove ssh host keys");

	for (size_t i = 0; i < array_size(removed); i++) {
		r = lx_rooted_remove(root_fd, removed[i]);
		if (r < 0)
			return lx_error_set(err, r, "remove %s", removed[i]);
	}
	return 0;
}

/* ---- names --------------------------------------------------------------------------------------------------- */

static int write_names(int root_fd, const char *hostname, struct lx_error *err)
{
	_cleanup_free_ char *line = str_format("%s\n", hostname);
	_cleanup_free_ char *hosts = str_format(
		"127.0.0.1\tlocalhost\n"
		"127.0.1.1\t%s\n"
		"::1\t\tlocalhost ip6-localhost ip6-loopback\n"
		"ff02::1\t\tip6-allnodes\n"
		"ff02::2\t\tip6-allrouters\n", hostname);
	int r;

	if (!line || !hosts)
		return lx_error_oom(err);
	r = lx_rooted_write(root_fd, "/etc/hostname", line, strlen(line), 0644, root);
	if (r < 0)
		return lx_error_set(err, r, "write /etc/hostname of the guest");
	r = lx_rooted_write(root_fd, "/etc/hosts", hosts, strlen(hosts), 0644, root);
	return r < 0 ? lx_error_set(err, r, "write /etc/hosts of the guest") : 0;
}

/* ---- password ------------------------------------------------------------------------------------------------ */

/* libcrypt is opened when a password is to be set: every command of lx would pay for linking it. */
static int hash_password(const char *password, char **ret, struct lx_error *err)
{
	char *(*gensalt)(const char *prefix, unsigned long count, const char *random, int n_random);
	char *(*hash)(const char *phrase, const char *setting);
	void *library;
	const char *text = NULL, *salt;

	library = dlopen("libcrypt.so.1", RTLD_NOW | RTLD_LOCAL);
	if (!library)
		library = dlopen("libcrypt.so.2", RTLD_NOW | RTLD_LOCAL);
	if (!library)
		return lx_error_say(err, -ENOENT, "a password cannot be set without libcrypt: %s", dlerror());

	*(void **)&gensalt = dlsym(library, "crypt_gensalt");
	*(void **)&hash = dlsym(library, "crypt");
	salt = gensalt ? gensalt("$y$", 0, NULL, 0) : NULL;
	if (salt && hash)
		text = hash(password, salt);
	*ret = text && text[0] == '$' ? strdup(text) : NULL;
	dlclose(library);
	return *ret ? 0 : lx_error_say(err, -ENOTSUP, "libcrypt cannot make a yescrypt hash");
}

/* "root:<field>:..." with another field; NULL when the line is not root's or memory is short */
static char *change_field(const char *line, const char *hash)
{
	const char *rest = str_after(line, "root:"), *end;

	if (!rest)
		return NULL;
	end = strchr(rest, ':');
	return str_format("root:%s%s", hash, end ? end : "");
}

static int change_shadow(const char *text, const char *hash, char **ret)
{
	_cleanup_strv_ char **lines = NULL;
	_cleanup_buf_ struct buf b = BUF_INIT;
	bool found = false;

	if (strv_split(text, "\n", &lines) < 0)
		return -ENOMEM;
	strv_for_each(line, lines) {
		_cleanup_free_ char *changed = change_field(line, hash);

		found |= changed != NULL;
		buf_addf(&b, "%s\n", changed ? changed : line);
	}
	if (!found)
		buf_addf(&b, "root:%s:19700:0:99999:7:::\n", hash);

	*ret = buf_steal(&b);
	return *ret ? 0 : -ENOMEM;
}

/* Owner and mode stay those of the guest's file: who may read it differs between distributions. */
static int write_shadow(int root_fd, const char *hash)
{
	_cleanup_free_ char *text = NULL, *changed = NULL;
	_cleanup_close_ int fd = -EBADF;
	struct stat st;
	int r;

	fd = sys_open_in_root(root_fd, "/etc/shadow", O_RDONLY | O_NONBLOCK | O_NOCTTY, 0);
	if (fd < 0)
		return fd;
	if (fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EINVAL;
	r = file_read_fd(fd, FILE_TEXT_MAX, &text, NULL);
	if (r >= 0)
		r = change_shadow(text, hash, &changed);
	if (r < 0)
		return r;

	return lx_rooted_write(root_fd, "/etc/shadow", changed, strlen(changed), st.st_mode & 0640,
			       (struct lx_rooted_owner){ st.st_uid, st.st_gid });
}

static int set_password(int root_fd, const char *file, struct lx_error *err)
{
	_cleanup_free_ char *text = NULL, *hash = NULL;
	int r;

	r = file_read(AT_FDCWD, file, SECRET_MAX, &text, NULL);
	if (r < 0)
		return lx_error_set(err, r, "read the password from %s", file);
	text[strcspn(text, "\r\n")] = 0;
	if (!*text)
		return lx_error_say(err, -EINVAL, "the first line of %s is empty; it should be root's password", file);

	r = hash_password(text, &hash, err);
	explicit_bzero(text, strlen(text));
	if (r < 0)
		return r;
	r = write_shadow(root_fd, hash);
	return r < 0 ? lx_error_set(err, r, "write /etc/shadow of the guest") : 0;
}

/* ---- ssh ----------------------------------------------------------------------------------------------------- */

/* Each line that is not empty must be a public key; a private one copied into a guest would be a disaster. */
static int check_keys(const char *file, const char *text, struct lx_error *err)
{
	static const char *const kinds[] = { "ssh-", "ecdsa-", "sk-", "cert-authority", "#" };
	_cleanup_strv_ char **lines = NULL;

	if (strv_split(text, "\r\n", &lines) < 0)
		return lx_error_oom(err);
	if (strv_length(lines) == 0)
		return lx_error_say(err, -EINVAL, "%s holds no ssh public key", file);

	strv_for_each(line, lines) {
		size_t i = 0;

		while (i < array_size(kinds) && !str_after(line, kinds[i]))
			i++;
		if (i == array_size(kinds))
			return lx_error_say(err, -EINVAL, "%s is not a file of ssh public keys (one of the form \"ssh-ed25519 AAAA...\" "
					    "on a line)", file);
	}
	return 0;
}

static int set_keys(int root_fd, const char *file, struct lx_error *err)
{
	_cleanup_free_ char *text = NULL;
	int r;

	r = file_read(AT_FDCWD, file, KEYS_MAX, &text, NULL);
	if (r < 0)
		return lx_error_set(err, r, "read ssh keys from %s", file);
	r = check_keys(file, text, err);
	if (r < 0)
		return r;

	r = lx_rooted_mkdir(root_fd, "/root/.ssh", 0700, root);
	if (r >= 0)
		r = lx_rooted_write(root_fd, "/root/.ssh/authorized_keys", text, strlen(text), 0600, root);
	return r < 0 ? lx_error_set(err, r, "write /root/.ssh/authorized_keys of the guest") : 0;
}

int lx_identity_apply(int root_fd, const struct lx_identity *identity, struct lx_error *err)
{
	int r = 0;

	if (identity->hostname)
		r = write_names(root_fd, identity->hostname, err);
	if (r >= 0 && identity->password_file)
		r = set_password(root_fd, identity->password_file, err);
	if (r >= 0 && identity->ssh_key_file)
		r = set_keys(root_fd, identity->ssh_key_file, err);
	return r;
}
