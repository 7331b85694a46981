# A Debian with systemd in a container; doc/NESTED-LANE.
EXTRA_DIST += \
	tests/lane/lib.bash \
	tests/lane/packages \
	tests/nested/files \
	tests/nested/host.bats \
	tests/nested/lane \
	tests/nested/lib.bash \
	tests/nested/packages \
	tests/nested/run

# The files of the table tests/nested/files, next to systemd as the host's manager; as root.
check-nested: all
	$(top_srcdir)/tests/nested/lane -b '$(abs_top_builddir)'

.PHONY: check-nested
