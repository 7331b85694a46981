# Unit tests of systemd.
unit_tests += tests/unit/test-systemd-machine
tests_unit_test_systemd_machine_SOURCES = tests/unit/fake-bus.c tests/unit/fake-bus.h tests/unit/test-systemd-machine.c
unit_tests += tests/unit/test-systemd-journal-dir
tests_unit_test_systemd_journal_dir_SOURCES = tests/unit/test-systemd-journal-dir.c
unit_tests += tests/unit/test-systemd-image
tests_unit_test_systemd_image_SOURCES = tests/unit/test-systemd-image.c
unit_tests += tests/unit/test-systemd-unit
tests_unit_test_systemd_unit_SOURCES = tests/unit/fake-bus.c tests/unit/fake-bus.h tests/unit/test-systemd-unit.c
unit_tests += tests/unit/test-systemd-errand
tests_unit_test_systemd_errand_SOURCES = tests/unit/test-systemd-errand.c
tests_unit_test_systemd_errand_LDADD = $(CORE_LIBS) $(CMOCKA_LIBS)
