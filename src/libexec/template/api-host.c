/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The table "host" of templates: what they may know of this machine. It only reads. */
#include <dirent.h>
#include <fcntl.h>
#include <lauxlib.h>
#include <sys/stat.h>
#include <sys/utsname.h>

#include "template/template.h"

#include "base/fd.h"
#include "base/file.h"
#include "base/str.h"
#include "base/strv.h"

/* host.read(path [, bytes]) -> text, or nil when it cannot be read; with bytes the beginning of a larger file, otherwise a
 * file of more than 1 MiB counts as one that cannot be read */
static int host_read(lua_State *L)
{
	_cleanup_close_ int fd = open(luaL_checkstring(L, 1), O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	lua_Integer limit = luaL_optinteger(L, 2, 0);
	_cleanup_free_ char *text = NULL;
	size_t size;
	ssize_t n;

	if (fd < 0 || limit < 0 || limit > FILE_TEXT_MAX)
		return 0;
	if (limit == 0) {
		if (file_read_fd(fd, FILE_TEXT_MAX, &text, &size) < 0)
			return 0;
	} else {
		text = malloc((size_t)limit);
		n = text ? fd_read_full(fd, text, (size_t)limit) : -ENOMEM;
		if (n < 0)
			return 0;
		size = (size_t)n;
	}
	lua_pushlstring(L, text, size);
	return 1;
}

static void push_names(lua_State *L, DIR *dir)
{
	char **names = NULL;
	struct dirent *d;
	lua_Integer n = 0;

	while ((d = readdir(dir)))
		if (d->d_name[0] != '.' && strv_append(&names, d->d_name) < 0)
			break;
	strv_sort(names);

	lua_newtable(L);
	strv_for_each(name, names) {
		lua_pushstring(L, name);
		lua_seti(L, -2, ++n);
	}
	strv_free(names);
}

/* host.list(directory) -> sorted names, without hidden ones; empty when it cannot be read */
static int host_list(lua_State *L)
{
	DIR *dir = opendir(luaL_checkstring(L, 1));

	if (!dir) {
		lua_newtable(L);
		return 1;
	}
	push_names(L, dir);
	closedir(dir);
	return 1;
}

/* host.find(program) -> its path, or nil */
static int host_find(lua_State *L)
{
	static const char *const directories[] = { "/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin" };
	const char *program = luaL_checkstring(L, 1);

	for (size_t i = 0; i < array_size(directories); i++) {
		lua_pushfstring(L, "%s/%s", directories[i], program);
		if (access(lua_tostring(L, -1), X_OK) == 0)
			return 1;
		lua_pop(L, 1);
	}
	return 0;
}

/* host.stat(path) -> { size =, mtime =, mode =, type = "file"|"directory"|"other" }, or nil */
static int host_stat(lua_State *L)
{
	struct stat st;

	if (stat(luaL_checkstring(L, 1), &st) < 0)
		return 0;
	lua_newtable(L);
	lua_pushinteger(L, st.st_size);
	lua_setfield(L, -2, "size");
	lua_pushinteger(L, st.st_mtime);
	lua_setfield(L, -2, "mtime");
	lua_pushinteger(L, st.st_mode & 07777);
	lua_setfield(L, -2, "mode");
	lua_pushstring(L, S_ISREG(st.st_mode) ? "file" : S_ISDIR(st.st_mode) ? "directory" : "other");
	lua_setfield(L, -2, "type");
	return 1;
}

static const luaL_Reg functions[] = {
	{ "read", host_read },
	{ "list", host_list },
	{ "find", host_find },
	{ "stat", host_stat },
	{ NULL, NULL },
};

void template_host_push(lua_State *L)
{
	struct utsname u;

	luaL_newlib(L, functions);
	uname(&u);
	lua_pushstring(L, u.machine);
	lua_setfield(L, -2, "machine");
}
