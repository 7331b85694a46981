/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * image:run{ program, arguments ..., line = function(text), check = false, input = text }
 *
 * Runs a program of the host, with an environment of its own, not the caller's. Each line that it prints goes to the log and
 * to line(). A non-zero exit raises an error with the program's last line, unless check is false: then run() returns
 * exit code and last line.
 */
#include <lauxlib.h>
#include <signal.h>

#include "template/template.h"

#include "base/path.h"
#include "base/process.h"
#include "base/str.h"
#include "base/strv.h"

/* What of the caller's environment a download may need. */
static const char *const passed_on[] = { "http_proxy", "https_proxy", "ftp_proxy", "no_proxy", "TMPDIR" };

static const char *const fixed[] = {
	"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
	"HOME=/root",
	"LANG=C.UTF-8",
	"DEBIAN_FRONTEND=noninteractive",
};

struct run {
	lua_State *lua;
	bool has_line;              /* line() is on the stack at index 3 */
	bool failed;                /* ... and raised an error, which is on top */
	char *last;
};

static void on_line(const char *line, void *userdata)
{
	struct run *run = userdata;

	report_log(line);
	if (*line)
		str_set(&run->last, line);
	if (!run->has_line || run->failed)
		return;

	lua_pushvalue(run->lua, 3);
	lua_pushstring(run->lua, line);
	run->failed = lua_pcall(run->lua, 1, 0, 0) != LUA_OK;
}

static int make_environment(char ***ret)
{
	for (size_t i = 0; i < array_size(fixed); i++)
		if (strv_append(ret, fixed[i]) < 0)
			return -ENOMEM;

	for (size_t i = 0; i < array_size(passed_on); i++) {
		const char *value = getenv(passed_on[i]);

		if (value && strv_appendf(ret, "%s=%s", passed_on[i], value) < 0)
			return -ENOMEM;
	}
	return 0;
}

static void read_arguments(lua_State *L, char ***ret)
{
	for (lua_Integer i = 1; lua_geti(L, 2, i) != LUA_TNIL; i++) {
		if (strv_append(ret, luaL_checkstring(L, -1)) < 0)
			luaL_error(L, "out of memory");
		lua_pop(L, 1);
	}
	lua_pop(L, 1);
	if (!*ret)
		luaL_error(L, "run: no program is named");
}

static bool wants_check(lua_State *L)
{
	bool check;

	lua_getfield(L, 2, "check");
	check = lua_isnil(L, -1) || lua_toboolean(L, -1);
	lua_pop(L, 1);
	return check;
}

/* Leaves the results on the stack, or an error text; everything of C's is released before an error is raised. */
static int run(lua_State *L, char *const *argv, const char *input, int *ret_results)
{
	_cleanup_strv_ char **env = NULL;
	_cleanup_(process_result_done) struct process_result result = { 0 };
	struct run state = { .lua = L, .has_line = lua_isfunction(L, 3) };
	struct lx_error err = { 0 };
	bool check = wants_check(L);
	int r;

	if (make_environment(&env) < 0) {
		lua_pushliteral(L, "out of memory");
		return -ENOMEM;
	}
	r = process_run(&(struct process_options){
		.argv = argv, .env = env, .input = input, .line = on_line, .userdata = &state, .death_signal = SIGKILL,
	}, &result, &err);

	if (r < 0)
		lua_pushstring(L, err.text);
	else if (!state.failed && result.status != 0 && check) {
		lua_pushfstring(L, "%s failed (exit code %d): %s", path_basename(argv[0]), result.status,
				state.last ? state.last : "it printed nothing");
		r = -EIO;
	} else if (!state.failed) {
		lua_pushinteger(L, result.status);
		lua_pushstring(L, state.last);
		*ret_results = 2;
	}
	free(state.last);
	return state.failed ? -EIO : r;
}

int template_run(lua_State *L)
{
	const struct template_tree *tree = template_tree_check(L);
	char **argv = NULL;
	const char *input;
	int r, n = 0;

	if (!tree->path)
		return luaL_error(L, "run() belongs to build(): programs of the host do not work on a guest's tree");
	luaL_checktype(L, 2, LUA_TTABLE);
	lua_settop(L, 2);
	lua_getfield(L, 2, "line");
	lua_getfield(L, 2, "input");
	input = lua_tostring(L, 4);

	read_arguments(L, &argv);
	r = run(L, argv, input, &n);
	strv_free(argv);
	return r < 0 ? lua_error(L) : n;
}
