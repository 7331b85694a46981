unit_tests += tests/unit/test-host-probe
tests_unit_test_host_probe_SOURCES = tests/unit/test-host-probe.c
unit_tests += tests/unit/test-host-subid
tests_unit_test_host_subid_SOURCES = tests/unit/test-host-subid.c
unit_tests += tests/unit/test-host-users
tests_unit_test_host_users_SOURCES = tests/unit/test-host-users.c
unit_tests += tests/unit/test-host-rootless
tests_unit_test_host_rootless_SOURCES = tests/unit/test-host-rootless.c
