/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The Lua state of a template: what its code can see, and what it declares. */
#include <fcntl.h>
#include <lauxlib.h>
#include <lualib.h>
#include <sys/utsname.h>

#include "template/template.h"

#include "base/file.h"
#include "base/path.h"
#include "base/str.h"
#include "base/strv.h"

/* Globals of a template. What could read or run something on the host, or load other code, is not among them. */
static const char *const globals[] = {
	"assert", "error", "ipairs", "next", "pairs", "pcall", "rawequal", "rawget", "rawlen", "rawset", "select",
	"setmetatable", "getmetatable", "tonumber", "tostring", "type", "string", "table", "math", "utf8",
};

static const luaL_Reg libraries[] = {
	{ LUA_GNAME, luaopen_base },
	{ LUA_STRLIBNAME, luaopen_string },
	{ LUA_TABLIBNAME, luaopen_table },
	{ LUA_MATHLIBNAME, luaopen_math },
	{ LUA_UTF8LIBNAME, luaopen_utf8 },
};

#define ENVIRONMENT "lx.environment"
#define LOADED "lx.loaded"
#define TEMPLATE "lx.template"

void template_init(struct template *t)
{
	*t = (struct template){ 0 };
}

void template_done(struct template *t)
{
	if (t->lua)
		lua_close(t->lua);
	strv_free(t->sources);
	template_options_done(&t->options);
}

int template_lua_error(struct template *t, struct lx_error *err)
{
	const char *text = lua_tostring(t->lua, -1);
	int r = lx_error_say(err, -EINVAL, "%s", text ? text : "the template failed without a message");

	lua_pop(t->lua, 1);
	return r;
}

/* ---- the state ----------------------------------------------------------------------------------------------- */

static struct template *self(lua_State *L)
{
	struct template *t;

	lua_getfield(L, LUA_REGISTRYINDEX, TEMPLATE);
	t = lua_touserdata(L, -1);
	lua_pop(L, 1);
	return t;
}

/* Pushes the function of a file, with our globals. Raises errors. */
static void load_file(lua_State *L, const char *file)
{
	char *text;
	size_t size;
	int r;

	r = file_read(AT_FDCWD, file, FILE_TEXT_MAX, &text, &size);
	if (r < 0)
		luaL_error(L, "%s: %s", file, strerror(-r));

	lua_pushfstring(L, "@%s", path_basename(file));
	r = luaL_loadbufferx(L, text, size, lua_tostring(L, -1), "t");
	free(text);
	if (r != LUA_OK)
		lua_error(L);
	lua_remove(L, -2);

	lua_getfield(L, LUA_REGISTRYINDEX, ENVIRONMENT);
	lua_setupvalue(L, -2, 1);
	if (strv_append(&self(L)->sources, file) < 0)
		luaL_error(L, "out of memory");
}

/* require("lib.x"): only code that is installed beside the templates. */
static int require(lua_State *L)
{
	const char *name = luaL_checkstring(L, 1), *base = str_after(name, "lib.");

	if (!base || !*base || strspn(base, "abcdefghijklmnopqrstuvwxyz0123456789-") != strlen(base))
		return luaL_error(L, "require: \"%s\" is not of the form \"lib.name\"", name);

	luaL_getsubtable(L, LUA_REGISTRYINDEX, LOADED);
	if (lua_getfield(L, -1, base) != LUA_TNIL)
		return 1;
	lua_pop(L, 1);

	lua_pushfstring(L, "%s/%s.lua", self(L)->library, base);
	load_file(L, lua_tostring(L, -1));
	lua_call(L, 0, 1);
	lua_pushvalue(L, -1);
	lua_setfield(L, 2, base);
	return 1;
}

static int print(lua_State *L)
{
	int n = lua_gettop(L);
	luaL_Buffer b;

	luaL_buffinit(L, &b);
	for (int i = 1; i <= n; i++) {
		if (i > 1)
			luaL_addchar(&b, ' ');
		luaL_tolstring(L, i, NULL);
		luaL_addvalue(&b);
	}
	luaL_pushresult(&b);
	report_log(lua_tostring(L, -1));
	return 0;
}

/* In a protected call: out of memory anywhere in here is an error, not abort(). */
static int setup(lua_State *L)
{
	for (size_t i = 0; i < array_size(libraries); i++) {
		luaL_requiref(L, libraries[i].name, libraries[i].func, 1);
		lua_pop(L, 1);
	}
	lua_getglobal(L, "string");
	lua_pushnil(L);
	lua_setfield(L, -2, "dump");

	lua_newtable(L);
	for (size_t i = 0; i < array_size(globals); i++) {
		lua_getglobal(L, globals[i]);
		lua_setfield(L, -2, globals[i]);
	}
	lua_pushcfunction(L, require);
	lua_setfield(L, -2, "require");
	lua_pushcfunction(L, print);
	lua_setfield(L, -2, "print");
	template_host_push(L);
	lua_setfield(L, -2, "host");
	lua_setfield(L, LUA_REGISTRYINDEX, ENVIRONMENT);

	template_tree_register(L);
	return 0;
}

/* ---- declarations -------------------------------------------------------------------------------------------- */

/* A copy of the string field of the table on top, or NULL. */
static char *field(lua_State *L, const char *name)
{
	char *copy = NULL;

	if (lua_getfield(L, -1, name) != LUA_TNIL && lua_type(L, -1) != LUA_TFUNCTION) {
		copy = strdup(lua_isboolean(L, -1) ? (lua_toboolean(L, -1) ? "yes" : "no") : luaL_checkstring(L, -1));
		if (!copy)
			luaL_error(L, "out of memory");
	}
	lua_pop(L, 1);
	return copy;
}

static void read_choices(lua_State *L, struct template_option *o)
{
	if (lua_getfield(L, -1, "choices") == LUA_TTABLE)
		for (lua_Integer i = 1; lua_geti(L, -1, i) != LUA_TNIL; i++) {
			if (strv_append(&o->choices, luaL_checkstring(L, -1)) < 0)
				luaL_error(L, "out of memory");
			lua_pop(L, 1);
		}
	else
		lua_pushnil(L); /* what the loop leaves behind */
	lua_pop(L, 2);
}

/* A string field of the table at index, or NULL. It stays on the stack, so that it lives; nothing of C's is lost when an
 * error jumps over us. */
static const char *peek(lua_State *L, int index, const char *name)
{
	lua_getfield(L, index, name);
	return luaL_optstring(L, -1, NULL);
}

/* The option table is on top. */
static void read_option(lua_State *L, template_options *options)
{
	struct template_option *o = vec_add(options);
	const char *type, *letter, *stage;
	int table = lua_gettop(L), found;

	if (!o)
		luaL_error(L, "out of memory");
	o->name = field(L, "name");
	if (!o->name)
		luaL_error(L, "an option has no name");
	o->help = field(L, "help");
	o->word = field(L, "value");

	found = lua_getfield(L, table, "default");
	lua_pop(L, 1);
	if (found != LUA_TTABLE)
		o->fallback = field(L, "default");
	read_choices(L, o);

	type = peek(L, table, "type");
	found = type ? template_option_type_find(type) : TEMPLATE_STRING;
	if (found < 0)
		luaL_error(L, "option %s: unknown type \"%s\"", o->name, type);
	o->type = (enum template_option_type)found;

	letter = peek(L, table, "short");
	o->letter = letter ? letter[0] : 0;
	stage = peek(L, table, "stage");
	o->configure_only = str_equal(stage, "configure");
	lua_settop(L, table);
}

static int load(lua_State *L)
{
	struct template *t = self(L);

	load_file(L, t->file);
	lua_call(L, 0, 1);
	if (!lua_istable(L, -1))
		return luaL_error(L, "%s returns no table", path_basename(t->file));

	if (lua_getfield(L, -1, "options") == LUA_TTABLE)
		for (lua_Integer i = 1; lua_geti(L, -1, i) == LUA_TTABLE; i++) {
			read_option(L, &t->options);
			lua_pop(L, 1);
		}
	lua_settop(L, 1);
	return 1;
}

int template_load(struct template *t, const char *file, const char *library, struct lx_error *err)
{
	t->file = file;
	t->library = library;
	t->lua = luaL_newstate();
	if (!t->lua)
		return lx_error_oom(err);

	lua_pushlightuserdata(t->lua, t);
	lua_setfield(t->lua, LUA_REGISTRYINDEX, TEMPLATE);
	lua_pushcfunction(t->lua, setup);
	if (lua_pcall(t->lua, 0, 0, 0) != LUA_OK)
		return template_lua_error(t, err);

	lua_pushcfunction(t->lua, load);
	if (lua_pcall(t->lua, 0, 1, 0) != LUA_OK)
		return template_lua_error(t, err);
	return 0; /* the template's table stays at index 1 */
}

/* ---- values -------------------------------------------------------------------------------------------------- */

static void push_list(lua_State *L, const char *text)
{
	char **words;
	lua_Integer n = 0;

	if (strv_split(text, ", \t", &words) < 0)
		luaL_error(L, "out of memory");
	lua_newtable(L);
	strv_for_each(w, words) {
		lua_pushstring(L, w);
		lua_seti(L, -2, ++n);
	}
	strv_free(words);
}

static void push_value(lua_State *L, const struct template_option *o)
{
	if (o->type == TEMPLATE_BOOL)
		lua_pushboolean(L, str_equal(o->value, "yes"));
	else if (o->type == TEMPLATE_LIST)
		push_list(L, o->value);
	else
		lua_pushstring(L, o->value);
}

/* Pushes the default of the i-th option; values (index 2) is what a computed one may look at. */
static void push_default(lua_State *L, lua_Integer i, const struct template_option *o)
{
	lua_getfield(L, 1, "options");
	lua_geti(L, -1, i);
	lua_getfield(L, -1, "default");
	lua_replace(L, -3);
	lua_pop(L, 1);

	if (lua_isfunction(L, -1)) {
		lua_pushvalue(L, 2);
		lua_call(L, 1, 1);
	}
	if (o->type == TEMPLATE_LIST && lua_isstring(L, -1)) {
		push_list(L, lua_tostring(L, -1));
		lua_remove(L, -2);
	}
}

static int make_values(lua_State *L)
{
	struct template *t = self(L);
	lua_Integer i = 0;

	lua_newtable(L);
	vec_for_each(o, &t->options) {
		i++;
		if (o->value)
			push_value(L, o);
		else
			push_default(L, i, o);
		lua_setfield(L, 2, o->name);
	}
	return 1;
}

int template_push_options(struct template *t, char *const *args, struct lx_error *err)
{
	int r;

	r = template_options_parse(&t->options, args, err);
	if (r < 0)
		return r;

	lua_pushcfunction(t->lua, make_values);
	lua_pushvalue(t->lua, 1);
	if (lua_pcall(t->lua, 1, 1, 0) != LUA_OK)
		return template_lua_error(t, err);
	return 0;
}

/* ---- key ----------------------------------------------------------------------------------------------------- */

/* "a,b,c" for a list; nothing for nil. */
static void add_value_text(lua_State *L, luaL_Buffer *b, int index)
{
	if (!lua_istable(L, index)) {
		luaL_tolstring(L, index, NULL);
		luaL_addvalue(b);
		return;
	}
	for (lua_Integer i = 1; lua_geti(L, index, i) != LUA_TNIL; i++) {
		luaL_addvalue(b);
		luaL_addchar(b, ',');
	}
	lua_pop(L, 1);
}

/* Stack: 1 template, 2 values. The buffer may keep a value of its own on the stack, so values are put below it. */
static int make_key(lua_State *L)
{
	struct template *t = self(L);
	struct utsname u;
	luaL_Buffer b;

	if (lua_getfield(L, 1, "key") == LUA_TFUNCTION) {
		lua_pushvalue(L, 2);
		lua_call(L, 1, 1);
	}
	lua_settop(L, 4); /* 3 the template's own key, 4 a value */

	luaL_buffinit(L, &b);
	uname(&u);
	luaL_addstring(&b, "architecture ");
	luaL_addstring(&b, u.machine);
	luaL_addstring(&b, "\nkey ");
	if (lua_isstring(L, 3)) {
		lua_pushvalue(L, 3);
		luaL_addvalue(&b);
	}
	vec_for_each(o, &t->options) {
		if (o->configure_only)
			continue;
		luaL_addstring(&b, "\noption ");
		luaL_addstring(&b, o->name);
		luaL_addchar(&b, '=');
		lua_getfield(L, 2, o->name);
		lua_replace(L, 4);
		add_value_text(L, &b, 4);
	}
	luaL_addchar(&b, '\n');
	luaL_pushresult(&b);
	return 1;
}

int template_print_key(struct template *t, FILE *f, struct lx_error *err)
{
	int r;

	lua_pushcfunction(t->lua, make_key);
	lua_pushvalue(t->lua, 1);
	lua_pushvalue(t->lua, 2);
	if (lua_pcall(t->lua, 2, 1, 0) != LUA_OK)
		return template_lua_error(t, err);
	fputs(lua_tostring(t->lua, -1), f);
	lua_pop(t->lua, 1);

	strv_for_each(file, t->sources) {
		_cleanup_free_ char *text = NULL;

		r = file_read(AT_FDCWD, file, FILE_TEXT_MAX, &text, NULL);
		if (r < 0)
			return lx_error_set(err, r, "read %s", file);
		fprintf(f, "source %s %zu\n%s\n", path_basename(file), strlen(text), text);
	}
	return 0;
}

/* ---- the rest ------------------------------------------------------------------------------------------------ */

void template_print_help(struct template *t, FILE *f)
{
	lua_getfield(t->lua, 1, "name");
	lua_getfield(t->lua, 1, "summary");
	fprintf(f, "Template %s: %s\n", lua_tostring(t->lua, -2) ? lua_tostring(t->lua, -2) : path_basename(t->file),
		lua_tostring(t->lua, -1) ? lua_tostring(t->lua, -1) : "");
	lua_pop(t->lua, 2);
	if (t->options.n > 0)
		fprintf(f, "\nOptions of the template (after --):\n");
	template_options_print_help(&t->options, f);
}

/* Stack: table of the template, object, options. */
int template_call(struct template *t, const char *function, struct lx_error *err)
{
	if (lua_getfield(t->lua, 1, function) != LUA_TFUNCTION) {
		lua_pop(t->lua, 3);
		return 0;
	}
	lua_insert(t->lua, -3);
	if (lua_pcall(t->lua, 2, 0, 0) != LUA_OK)
		return template_lua_error(t, err);
	return 0;
}
