pkglibexec_PROGRAMS += src/libexec/lx-monitord
src_libexec_lx_monitord_SOURCES = src/libexec/lx-monitord.c
src_libexec_lx_monitord_LDADD = $(CORE_LIBS)

# Not set-user-id: it gets its one right by a file capability or from systemd.
pkglibexec_PROGRAMS += src/libexec/lx-usernet
src_libexec_lx_usernet_SOURCES = src/libexec/lx-usernet.c
src_libexec_lx_usernet_LDADD = $(CORE_LIBS)

# Runs inside containers, whose libraries may be missing or of another libc. Sanitizers cannot be linked statically.
pkglibexec_PROGRAMS += src/libexec/lx-init
src_libexec_lx_init_SOURCES = src/libexec/lx-init.c
src_libexec_lx_init_CFLAGS = -std=gnu11 $(BASE_CFLAGS) $(WARN_CFLAGS) $(HARDEN_CFLAGS)
src_libexec_lx_init_LDFLAGS = -all-static $(HARDEN_LDFLAGS)
src_libexec_lx_init_LDADD =

# The only program that links Lua.
if HAVE_LUA
pkglibexec_PROGRAMS += src/libexec/lx-template
src_libexec_lx_template_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/src/libexec $(LUA_CFLAGS)
src_libexec_lx_template_LDADD = $(CORE_LIBS) $(LUA_LIBS)
src_libexec_lx_template_SOURCES = \
	src/libexec/lx-template.c \
	src/libexec/template/api-host.c \
	src/libexec/template/api-run.c \
	src/libexec/template/api-tree.c \
	src/libexec/template/options.c \
	src/libexec/template/options.h \
	src/libexec/template/report.c \
	src/libexec/template/state.c \
	src/libexec/template/template.h
endif
