unit_tests += tests/unit/test-template-options
tests_unit_test_template_options_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/src/libexec
tests_unit_test_template_options_SOURCES = \
	tests/unit/test-template-options.c \
	src/libexec/template/options.c

EXTRA_DIST += tests/unit/test-template.sh
if HAVE_LUA
TESTS += tests/unit/test-template.sh
endif
