# config/: what is installed for the administrator.
# Profiles that "include =" finds by name.
pkgconfigdatadir = $(pkgdatadir)/config
dist_pkgconfigdata_DATA = \
	config/profiles/hardened.conf \
	config/profiles/limited.conf \
	config/profiles/read-only.conf

# Policies of system calls that security.seccomp can name.
pkgseccompdir = $(pkgdatadir)/config/seccomp
dist_pkgseccomp_DATA = config/seccomp/denylist

# A policy module for SELinux; the administrator loads it.
pkgselinuxdir = $(pkgdatadir)/selinux
dist_pkgselinux_DATA = config/selinux/lx.cil

# Files below /etc belong to the administrator once they are there: they are never overwritten, and only removed as long as
# they are ours.
EXTRA_DIST += config/default.conf
noinst_DATA += config/default.conf
nodist_noinst_DATA += config/lx.conf
CLEANFILES += config/lx.conf

config/lx.conf: doc/lx-describe$(EXEEXT)
	$(AM_V_GEN)$(MKDIR_P) config && doc/lx-describe sample-host >$@.tmp && mv $@.tmp $@

install-config: config/lx.conf
	$(MKDIR_P) '$(DESTDIR)$(lxsysconfdir)'
	test -e '$(DESTDIR)$(lxsysconfdir)/lx.conf' || \
		$(INSTALL_DATA) config/lx.conf '$(DESTDIR)$(lxsysconfdir)/lx.conf'
	test -e '$(DESTDIR)$(lxsysconfdir)/default.conf' || \
		$(INSTALL_DATA) $(srcdir)/config/default.conf '$(DESTDIR)$(lxsysconfdir)/default.conf'
INSTALL_DATA_HOOKS += install-config

uninstall-config: config/lx.conf
	if cmp -s config/lx.conf '$(DESTDIR)$(lxsysconfdir)/lx.conf'; then rm -f '$(DESTDIR)$(lxsysconfdir)/lx.conf'; fi
	if cmp -s $(srcdir)/config/default.conf '$(DESTDIR)$(lxsysconfdir)/default.conf'; then \
		rm -f '$(DESTDIR)$(lxsysconfdir)/default.conf'; fi
UNINSTALL_HOOKS += uninstall-config

# What journalctl -x says of our messages; "journalctl --update-catalog" makes it known.
dist_systemcatalog_DATA = config/lx.catalog

# Units of systemd: the host's and a user's.
system_units = \
	config/units/lx.target \
	config/units/lx@.service \
	config/units/lx-autostart.service \
	config/units/lx-net.service \
	config/units/lx-shutdown.service \
	config/units/lx-usernet.socket \
	config/units/lx-usernet@.service
user_units = \
	config/units/user/lx.target \
	config/units/user/lx@.service \
	config/units/user/lx-autostart.service \
	config/units/user/lx-shutdown.service
nodist_systemunit_DATA += $(system_units)
nodist_userunit_DATA += $(user_units)
EXTRA_DIST += $(system_units:=.in) $(user_units:=.in)
CLEANFILES += $(system_units) $(user_units)
# a line of a unit that an older systemd does not know would be in its log at each start
$(system_units) $(user_units): config/local.mk
	$(AM_V_GEN)$(MKDIR_P) config/units/user && sed -e 's|@pkglibexecdir[@]|$(pkglibexecdir)|; s|@bindir[@]|$(bindir)|' \
		-e 's|@lxrundir[@]|$(lxrundir)|; s|@lxstatedir[@]|$(lxstatedir)|' $(DELEGATE_SUBGROUP_SED) \
		$(srcdir)/$@.in >$@.tmp && mv $@.tmp $@
$(system_units): %: %.in
$(user_units): %: %.in
