# Functional tests: behaviour on a real kernel, as root. Each file keeps to containers, bridges and namespaces of its own.
functional_tests += \
	tests/functional/apparmor.bats \
	tests/functional/attach.bats \
	tests/functional/autostart.bats \
	tests/functional/bench.bats \
	tests/functional/cgroup-unified.bats \
	tests/functional/config.bats \
	tests/functional/console.bats \
	tests/functional/crash.bats \
	tests/functional/create-debian.bats \
	tests/functional/create.bats \
	tests/functional/debian-unified.bats \
	tests/functional/debian.bats \
	tests/functional/errors.bats \
	tests/functional/execute.bats \
	tests/functional/freeze.bats \
	tests/functional/hooks.bats \
	tests/functional/ids.bats \
	tests/functional/info-ls-wait.bats \
	tests/functional/journal.bats \
	tests/functional/limits.bats \
	tests/functional/machined.bats \
	tests/functional/monitor.bats \
	tests/functional/mounts.bats \
	tests/functional/namespaces.bats \
	tests/functional/net-type-user.bats \
	tests/functional/net-usernet.bats \
	tests/functional/net.bats \
	tests/functional/owner.bats \
	tests/functional/ready.bats \
	tests/functional/register.bats \
	tests/functional/seccomp-notify.bats \
	tests/functional/seccomp.bats \
	tests/functional/security-basics.bats \
	tests/functional/selinux.bats \
	tests/functional/start-stop.bats \
	tests/functional/systemd-host.bats \
	tests/functional/transitions.bats \
	tests/functional/unit-start.bats \
	tests/functional/units-user.bats \
	tests/functional/units.bats \
	tests/functional/user-links.bats \
	tests/functional/user.bats
EXTRA_DIST += tests/functional/lib.bash tests/functional/inventory

# The files run side by side under make -j. Before the first, the state of the host is written down; the last looks whether
# it is the same again.
functional_last = tests/functional/nothing-left.bats
EXTRA_DIST += $(functional_last)
functional_logs = $(functional_tests:.bats=.log)
$(functional_logs): tests/functional/host.before
tests/functional/nothing-left.log: $(functional_logs)
tests/functional/host.before:
	$(AM_V_GEN)$(MKDIR_P) tests/functional && $(BASH_PROGRAM) $(srcdir)/tests/functional/inventory > $@
MOSTLYCLEANFILES += tests/functional/host.before

# Images of templates, kept from one run to the next: mode 0700, as the cache wants it.
MOSTLYCLEAN_HOOKS += clean-test-images
clean-test-images:
	rm -rf tests/images tests/nested/images

# Asks lx-usernet for links.
noinst_PROGRAMS += tests/functional/usernet
tests_functional_usernet_SOURCES = tests/functional/usernet.c
tests_functional_usernet_LDADD = $(CORE_LIBS)
