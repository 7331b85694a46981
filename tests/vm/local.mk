# The virtual-machine lane; doc/VM-LANE.
EXTRA_DIST += \
	tests/vm/agent \
	tests/vm/agent.service \
	tests/vm/build \
	tests/vm/files \
	tests/vm/init \
	tests/vm/lane \
	tests/vm/lib.bash \
	tests/vm/masked-units \
	tests/vm/packages \
	tests/vm/run \
	tests/vm/shell \
	tests/vm/shutdown

# The files of the table tests/vm/files, on machines with cgroup v2 alone, systemd, and AppArmor or SELinux. It needs root
# once, for making the guest.
check-vm: all
	$(top_srcdir)/tests/vm/lane -b '$(abs_top_builddir)'

.PHONY: check-vm
