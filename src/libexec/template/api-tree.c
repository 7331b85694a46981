/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The objects "image" and "guest" of templates: edits to a tree that may be hostile, all through image/rooted.h.
 * A method that fails raises "<verb> <path>: <reason>"; owner fields are { mode = "0644", uid =, gid = }.
 */
#include <fcntl.h>
#include <lauxlib.h>

#include "template/template.h"

#include "base/file.h"
#include "base/parse.h"
#include "base/str.h"
#include "base/strv.h"
#include "image/rooted.h"

#define CLASS "lx.tree"

const struct template_tree *template_tree_check(lua_State *L)
{
	return luaL_checkudata(L, 1, CLASS);
}

static int root(lua_State *L)
{
	return template_tree_check(L)->root_fd;
}

static int result(lua_State *L, const char *verb, int r)
{
	if (r < 0)
		return luaL_error(L, "%s %s: %s", verb, lua_tostring(L, 2), strerror(-r));
	return 0;
}

static lua_Integer id_field(lua_State *L, int index, const char *name)
{
	lua_Integer value = 0;

	if (lua_istable(L, index)) {
		if (lua_getfield(L, index, name) != LUA_TNIL)
			value = luaL_checkinteger(L, -1);
		lua_pop(L, 1);
	}
	return value;
}

/* Modes are written in octal, as text: Lua has no octal numbers. */
static mode_t to_mode(lua_State *L, int index)
{
	uint64_t mode;

	if (parse_uint_base(luaL_checkstring(L, index), 8, &mode) < 0 || mode > 07777)
		luaL_error(L, "\"%s\" is not a mode like \"0755\"", lua_tostring(L, index));
	return (mode_t)mode;
}

static mode_t mode_of(lua_State *L, int index, mode_t fallback)
{
	if (lua_istable(L, index)) {
		if (lua_getfield(L, index, "mode") != LUA_TNIL)
			fallback = to_mode(L, -1);
		lua_pop(L, 1);
	}
	return fallback;
}

static struct lx_rooted_owner owner_of(lua_State *L, int index)
{
	return (struct lx_rooted_owner){
		(uid_t)id_field(L, index, "uid"),
		(gid_t)id_field(L, index, "gid"),
	};
}

/* tree:write(path, text [, { mode, uid, gid }]) */
static int tree_write(lua_State *L)
{
	const char *path = luaL_checkstring(L, 2), *text;
	size_t size;

	text = luaL_checklstring(L, 3, &size);
	return result(L, "write", lx_rooted_write(root(L), path, text, size, mode_of(L, 4, 0644),
						  owner_of(L, 4)));
}

/* tree:read(path) -> text, or nil when there is no such file */
static int tree_read(lua_State *L)
{
	char *text;
	size_t size;
	int r;

	r = lx_rooted_read(root(L), luaL_checkstring(L, 2), FILE_TEXT_MAX, &text, &size);
	if (r == -ENOENT || r == -ENOTDIR) {
		lua_pushnil(L);
		return 1;
	}
	if (r < 0)
		return result(L, "read", r);
	lua_pushlstring(L, text, size);
	free(text);
	return 1;
}

/* tree:copy(path on the host, path [, { mode, uid, gid }]) */
static int tree_copy_in(lua_State *L)
{
	const char *from = luaL_checkstring(L, 2), *path = luaL_checkstring(L, 3);
	int fd, r;

	fd = open(from, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return result(L, "copy", -errno);
	r = lx_rooted_copy(root(L), fd, path, mode_of(L, 4, 0644), owner_of(L, 4));
	close(fd);
	if (r < 0)
		return luaL_error(L, "copy %s to %s: %s", from, path, strerror(-r));
	return 0;
}

/* tree:mkdir(path [, { mode, uid, gid }]) */
static int tree_mkdir(lua_State *L)
{
	const char *path = luaL_checkstring(L, 2);

	return result(L, "create directory", lx_rooted_mkdir(root(L), path, mode_of(L, 3, 0755),
							     owner_of(L, 3)));
}

/* tree:symlink(target, path) */
static int tree_symlink(lua_State *L)
{
	const char *target = luaL_checkstring(L, 2), *path = luaL_checkstring(L, 3);
	int r = lx_rooted_symlink(root(L), target, path);

	if (r < 0)
		return luaL_error(L, "link %s to %s: %s", path, target, strerror(-r));
	return 0;
}

/* tree:chmod(path, mode) */
static int tree_chmod(lua_State *L)
{
	const char *path = luaL_checkstring(L, 2);

	return result(L, "change mode of", lx_rooted_chmod(root(L), path, to_mode(L, 3)));
}

/* tree:chown(path, uid, gid) */
static int tree_chown(lua_State *L)
{
	const char *path = luaL_checkstring(L, 2);
	struct lx_rooted_owner owner = { (uid_t)luaL_checkinteger(L, 3), (gid_t)luaL_checkinteger(L, 4) };

	return result(L, "change owner of", lx_rooted_chown(root(L), path, owner));
}

/* tree:remove(path): a file or a whole directory; a missing one is fine */
static int tree_remove_path(lua_State *L)
{
	const char *path = luaL_checkstring(L, 2);

	return result(L, "remove", lx_rooted_remove(root(L), path));
}

/* tree:exists(path) -> boolean */
static int tree_exists(lua_State *L)
{
	int r = lx_rooted_exists(root(L), luaL_checkstring(L, 2));

	if (r < 0)
		return result(L, "look for", r);
	lua_pushboolean(L, r);
	return 1;
}

/* tree:list(path) -> sorted names, empty when there is no such directory */
static int tree_list(lua_State *L)
{
	lua_Integer n = 0;
	char **names;
	int r;

	r = lx_rooted_list(root(L), luaL_checkstring(L, 2), &names);
	if (r < 0)
		return result(L, "list", r);
	lua_newtable(L);
	strv_for_each(name, names) {
		lua_pushstring(L, name);
		lua_seti(L, -2, ++n);
	}
	strv_free(names);
	return 1;
}

/* tree:progress(stage [, percent [, message]]) */
static int tree_progress(lua_State *L)
{
	report_progress(luaL_checkstring(L, 2), (int)luaL_optinteger(L, 3, -1), luaL_optstring(L, 4, NULL));
	return 0;
}

/* tree:log(text) */
static int tree_log(lua_State *L)
{
	report_log(luaL_checkstring(L, 2));
	return 0;
}

/* guest:config("section.key", value): a line of the new container's configuration */
static int tree_config(lua_State *L)
{
	if (!template_tree_check(L)->name)
		return luaL_error(L, "config() belongs to configure(), an image has no configuration");
	report_config(luaL_checkstring(L, 2), luaL_checkstring(L, 3));
	return 0;
}

static const luaL_Reg methods[] = {
	{ "write", tree_write },
	{ "read", tree_read },
	{ "copy", tree_copy_in },
	{ "mkdir", tree_mkdir },
	{ "symlink", tree_symlink },
	{ "chmod", tree_chmod },
	{ "chown", tree_chown },
	{ "remove", tree_remove_path },
	{ "exists", tree_exists },
	{ "list", tree_list },
	{ "progress", tree_progress },
	{ "log", tree_log },
	{ "config", tree_config },
	{ "run", template_run },
	{ NULL, NULL },
};

/* Fields that are values: path of an image, name of a guest; everything else is a method. */
static int tree_index(lua_State *L)
{
	const struct template_tree *tree = template_tree_check(L);
	const char *field = luaL_checkstring(L, 2);

	if (str_equal(field, "path"))
		lua_pushstring(L, tree->path);
	else if (str_equal(field, "name"))
		lua_pushstring(L, tree->name);
	else
		lua_getfield(L, lua_upvalueindex(1), field);
	return 1;
}

void template_tree_register(lua_State *L)
{
	luaL_newmetatable(L, CLASS);
	luaL_newlib(L, methods);
	lua_pushcclosure(L, tree_index, 1);
	lua_setfield(L, -2, "__index");
	lua_pushboolean(L, 0);
	lua_setfield(L, -2, "__metatable");
	lua_pop(L, 1);
}

void template_tree_push(lua_State *L, const struct template_tree *tree)
{
	struct template_tree *copy = lua_newuserdatauv(L, sizeof(*copy), 0);

	*copy = *tree;
	luaL_setmetatable(L, CLASS);
}
