# The virtual-machine lane; doc/VM-LANE.
EXTRA_DIST += \
	tests/vm/agent \
	tests/vm/agent.service \
	tests/vm/build \
	tests/vm/init \
	tests/vm/lib.bash \
	tests/vm/masked-units \
	tests/vm/packages \
	tests/vm/run \
	tests/vm/shell

# The functional tests on a host with cgroup v2 alone, systemd and AppArmor. It needs root once, for making the guest.
check-vm: all
	$(top_srcdir)/tests/vm/run -b '$(abs_top_builddir)' $(functional_tests)

.PHONY: check-vm
