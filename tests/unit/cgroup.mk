unit_tests += \
	tests/unit/test-cgroup-devices \
	tests/unit/test-cgroup-layout \
	tests/unit/test-cgroup-limits \
	tests/unit/test-cgroup-unit
tests_unit_test_cgroup_devices_SOURCES = tests/unit/test-cgroup-devices.c
tests_unit_test_cgroup_layout_SOURCES = tests/unit/cgroup-host.h tests/unit/test-cgroup-layout.c
tests_unit_test_cgroup_limits_SOURCES = tests/unit/cgroup-host.h tests/unit/test-cgroup-limits.c
tests_unit_test_cgroup_unit_SOURCES = tests/unit/cgroup-host.h tests/unit/test-cgroup-unit.c
