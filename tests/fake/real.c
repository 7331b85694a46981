/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Calls that need no privilege and touch only what the test hands them: carried out by the sources of sys/ themselves,
 * under another name, unless the test scripted an answer.
 */
#define sys_open_in_root real_open_in_root
#define sys_open_beneath real_open_beneath
#define sys_open_plain real_open_plain
#define sys_mkdir_in_root real_mkdir_in_root
#define sys_open_parent_in_root real_open_parent_in_root
#define sys_pidfd_open real_pidfd_open
#define sys_pidfd_signal real_pidfd_signal
#define sys_pidfd_wait real_pidfd_wait
#define sys_pidfd_pid real_pidfd_pid
#define sys_fs_magic real_fs_magic
#include "../../src/liblx/sys/pidfd.c"
#include "../../src/liblx/sys/resolve.c"
#include "../../src/liblx/sys/statfs.c"
#undef sys_open_in_root
#undef sys_open_beneath
#undef sys_open_plain
#undef sys_mkdir_in_root
#undef sys_open_parent_in_root
#undef sys_pidfd_open
#undef sys_pidfd_signal
#undef sys_pidfd_wait
#undef sys_pidfd_pid
#undef sys_fs_magic

#include "fake/script.h"

/* Answers from the script, or does it and records what came out. */
#define FAKE_OR_REAL(function, makes_fd, real, ...)                                              \
	(script_has(function) ? (makes_fd ? script_call_fd(function, __VA_ARGS__) :              \
					    script_call(function, __VA_ARGS__)) :                \
				script_record(function, real, makes_fd, __VA_ARGS__))

/* The public header was read under the other names. */
int sys_open_in_root(int root_fd, const char *path, int flags, mode_t mode);
int sys_open_beneath(int dir_fd, const char *path, int flags, mode_t mode);
int sys_open_plain(int dir_fd, const char *path, int flags);
int sys_mkdir_in_root(int root_fd, const char *path, mode_t mode);
int sys_open_parent_in_root(int root_fd, const char *path, const char **ret_name);
int sys_pidfd_open(pid_t pid);
int sys_pidfd_signal(int pidfd, int signal);
int sys_pidfd_wait(int pidfd, bool no_hang, int *ret_status);
pid_t sys_pidfd_pid(int pidfd);
int sys_fs_magic(int fd, uint64_t *ret);

int sys_open_in_root(int root_fd, const char *path, int flags, mode_t mode)
{
	return FAKE_OR_REAL("sys_open_in_root", true, real_open_in_root(root_fd, path, flags, mode), "%s, %s",
			    script_fd(root_fd), path);
}

int sys_open_beneath(int dir_fd, const char *path, int flags, mode_t mode)
{
	return FAKE_OR_REAL("sys_open_beneath", true, real_open_beneath(dir_fd, path, flags, mode), "%s, %s",
			    script_fd(dir_fd), path);
}

int sys_open_plain(int dir_fd, const char *path, int flags)
{
	return FAKE_OR_REAL("sys_open_plain", true, real_open_plain(dir_fd, path, flags), "%s, %s", script_fd(dir_fd), path);
}

int sys_mkdir_in_root(int root_fd, const char *path, mode_t mode)
{
	return FAKE_OR_REAL("sys_mkdir_in_root", true, real_mkdir_in_root(root_fd, path, mode), "%s, %s, 0%o",
			    script_fd(root_fd), path, mode);
}

int sys_open_parent_in_root(int root_fd, const char *path, const char **ret_name)
{
	return FAKE_OR_REAL("sys_open_parent_in_root", true, real_open_parent_in_root(root_fd, path, ret_name), "%s, %s",
			    script_fd(root_fd), path);
}

int sys_pidfd_open(pid_t pid)
{
	return FAKE_OR_REAL("sys_pidfd_open", true, real_pidfd_open(pid), "%d", (int)pid);
}

int sys_pidfd_signal(int pidfd, int signal)
{
	return FAKE_OR_REAL("sys_pidfd_signal", false, real_pidfd_signal(pidfd, signal), "%s, %d", script_fd(pidfd), signal);
}

int sys_pidfd_wait(int pidfd, bool no_hang, int *ret_status)
{
	return FAKE_OR_REAL("sys_pidfd_wait", false, real_pidfd_wait(pidfd, no_hang, ret_status), "%s, %d", script_fd(pidfd),
			    no_hang);
}

pid_t sys_pidfd_pid(int pidfd)
{
	return FAKE_OR_REAL("sys_pidfd_pid", false, real_pidfd_pid(pidfd), "%s", script_fd(pidfd));
}

int sys_fs_magic(int fd, uint64_t *ret)
{
	unsigned long long value;

	if (script_value("sys_fs_magic", &value)) {
		*ret = value;
		return script_call("sys_fs_magic", "%s", script_fd(fd));
	}
	return FAKE_OR_REAL("sys_fs_magic", false, real_fs_magic(fd, ret), "%s", script_fd(fd));
}
