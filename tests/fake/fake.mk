check_LTLIBRARIES += tests/fake/libfakesys.la
tests_fake_libfakesys_la_SOURCES = \
	tests/fake/fake.h \
	tests/fake/net.c \
	tests/fake/real.c \
	tests/fake/script.c \
	tests/fake/script.h \
	tests/fake/sys.c \
	src/liblx/sys/mountinfo.c \
	src/liblx/sys/namespace-table.c
