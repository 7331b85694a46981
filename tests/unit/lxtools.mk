# The commands on a stand-in for liblx.
unit_tests += \
	tests/unit/test-lxtools-command \
	tests/unit/test-lxtools-option
lxtools_test_ldadd = libtools.la libbase.la $(JANSSON_LIBS) $(CMOCKA_LIBS)
tests_unit_test_lxtools_command_SOURCES = tests/unit/test-lxtools-command.c tests/unit/fake-lx.c tests/unit/fake-lx.h
tests_unit_test_lxtools_command_LDADD = $(lxtools_test_ldadd)
tests_unit_test_lxtools_option_SOURCES = tests/unit/test-lxtools-option.c tests/unit/fake-lx.c tests/unit/fake-lx.h
tests_unit_test_lxtools_option_LDADD = $(lxtools_test_ldadd)

check_scripts += tests/check/docs.sh
