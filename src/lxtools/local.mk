# One program for all commands; its names are symbolic links. Everything but main() is a library inside, which lx-doc and
# the unit tests link too. The program carries liblx in itself: a command starts faster without another library to load,
# and it can be run from the build tree as it is.

noinst_LTLIBRARIES += libtools.la
libtools_la_SOURCES = \
	src/lxtools/command.c \
	src/lxtools/command.h \
	src/lxtools/help.c \
	src/lxtools/lx-attach.c \
	src/lxtools/lx-audit.c \
	src/lxtools/lx-autostart.c \
	src/lxtools/lx-checkconfig.c \
	src/lxtools/lx-complete.c \
	src/lxtools/lx-config.c \
	src/lxtools/lx-console.c \
	src/lxtools/lx-create.c \
	src/lxtools/lx-destroy.c \
	src/lxtools/lx-execute.c \
	src/lxtools/lx-freeze.c \
	src/lxtools/lx-gc.c \
	src/lxtools/lx-info.c \
	src/lxtools/lx-ls.c \
	src/lxtools/lx-net.c \
	src/lxtools/lx-start.c \
	src/lxtools/lx-stop.c \
	src/lxtools/lx-unfreeze.c \
	src/lxtools/lx-wait.c \
	src/lxtools/option.c \
	src/lxtools/option.h \
	src/lxtools/print-json.c \
	src/lxtools/print.c \
	src/lxtools/print.h \
	src/lxtools/progress.c \
	src/lxtools/progress.h \
	src/lxtools/run-options.h \
	src/lxtools/select.c
libtools_la_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)

bin_PROGRAMS += lx
lx_SOURCES = src/lxtools/main.c
lx_LDADD = libtools.la $(CORE_LIBS)

noinst_PROGRAMS += src/lxtools/lx-doc
src_lxtools_lx_doc_SOURCES = src/lxtools/lx-doc.c
src_lxtools_lx_doc_LDADD = libtools.la $(CORE_LIBS)

# The names of lx; tests/check/docs.sh compares them with the table in command.c.
lx_names = \
	lx-attach \
	lx-audit \
	lx-autostart \
	lx-checkconfig \
	lx-config \
	lx-console \
	lx-create \
	lx-destroy \
	lx-execute \
	lx-freeze \
	lx-gc \
	lx-info \
	lx-ls \
	lx-net \
	lx-start \
	lx-stop \
	lx-unfreeze \
	lx-wait

INSTALL_EXEC_HOOKS += install-lx-names
UNINSTALL_HOOKS += uninstall-lx-names

install-lx-names:
	@for name in $(lx_names); do $(LN_S) -f lx $(DESTDIR)$(bindir)/$$name || exit; done

uninstall-lx-names:
	@for name in $(lx_names); do rm -f $(DESTDIR)$(bindir)/$$name; done

# ---- completion: bash looks for a file with the name of the command; the one of zsh says for which it is

dist_zshcompletion_DATA = config/completion/zsh/_lx
dist_bashcompletion_DATA += config/completion/bash/lx
INSTALL_DATA_HOOKS += install-lx-completion
UNINSTALL_HOOKS += uninstall-lx-completion

install-lx-completion:
	@for name in $(lx_names); do $(LN_S) -f lx $(DESTDIR)$(bashcompletiondir)/$$name || exit; done

uninstall-lx-completion:
	@for name in $(lx_names); do rm -f $(DESTDIR)$(bashcompletiondir)/$$name; done
