# Manual pages. Section 1: lx-doc fills the option rows into the hand-written texts in doc/man/.

dist_doc_DATA += doc/ARCHITECTURE doc/CGROUPS doc/CONTAINER-INTERFACE doc/HOOKS doc/PERFORMANCE doc/SECURITY doc/SYSTEMD doc/TEMPLATES doc/UIDS-GIDS

lx_pages = doc/man/lx.1 $(lx_names:%=doc/man/%.1)
lx_page_texts = \
	doc/man/lx.1.in \
	doc/man/lx-attach.1.in \
	doc/man/lx-audit.1.in \
	doc/man/lx-autostart.1.in \
	doc/man/lx-checkconfig.1.in \
	doc/man/lx-config.1.in \
	doc/man/lx-console.1.in \
	doc/man/lx-create.1.in \
	doc/man/lx-destroy.1.in \
	doc/man/lx-execute.1.in \
	doc/man/lx-freeze.1.in \
	doc/man/lx-gc.1.in \
	doc/man/lx-info.1.in \
	doc/man/lx-ls.1.in \
	doc/man/lx-net.1.in \
	doc/man/lx-start.1.in \
	doc/man/lx-stop.1.in \
	doc/man/lx-unfreeze.1.in \
	doc/man/lx-wait.1.in

nodist_man_MANS += $(lx_pages)
EXTRA_DIST += $(lx_page_texts)
CLEANFILES += $(lx_pages)

$(lx_pages): src/lxtools/lx-doc$(EXEEXT) $(lx_page_texts)
	$(AM_V_GEN)$(MKDIR_P) doc/man && \
	src/lxtools/lx-doc$(EXEEXT) man $(@F:.1=) $(top_srcdir)/doc/man/$(@F).in > $@.new && mv $@.new $@

# Section 5: lx-describe prints the tables of keys of the configuration.
noinst_PROGRAMS += doc/lx-describe
doc_lx_describe_SOURCES = doc/lx-describe.c
doc_lx_describe_LDADD = $(CORE_LIBS)

nodist_man_MANS += doc/man/lx.conf.5 doc/man/lx.container.conf.5 doc/man/lx.users.conf.5
CLEANFILES += doc/man/lx.conf.5 doc/man/lx.container.conf.5 doc/man/lx.users.conf.5

doc/man/lx.conf.5: doc/lx-describe$(EXEEXT)
	$(AM_V_GEN)$(MKDIR_P) doc/man && doc/lx-describe man-host >$@.tmp && mv $@.tmp $@

doc/man/lx.container.conf.5: doc/lx-describe$(EXEEXT)
	$(AM_V_GEN)$(MKDIR_P) doc/man && doc/lx-describe man-container >$@.tmp && mv $@.tmp $@

doc/man/lx.users.conf.5: doc/lx-describe$(EXEEXT)
	$(AM_V_GEN)$(MKDIR_P) doc/man && doc/lx-describe man-users >$@.tmp && mv $@.tmp $@

# Section 8: programs that people do not type, but the administrator lets run.
dist_man_MANS += doc/man/lx-usernet.8

# For people who read, and for those who work on lx.
dist_doc_DATA += README
EXTRA_DIST += doc/CODING-STYLE doc/HACKING doc/NESTED-LANE doc/VM-LANE
