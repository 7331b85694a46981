# Tests. Everything speaks TAP, so that the totals of "make check" count single cases: programs by cmocka, scripts by
# hand, behaviour by bats. "make check" needs no root; "make check-functional" does (tests/functional/local.mk).

TEST_EXTENSIONS = .sh .bats
TAP_DRIVER = $(BASH_PROGRAM) $(top_srcdir)/build-aux/tap-driver.sh
LOG_DRIVER = $(TAP_DRIVER)
LOG_COMPILER = $(BASH_PROGRAM) $(top_srcdir)/tests/unit/run
SH_LOG_DRIVER = $(TAP_DRIVER)
SH_LOG_COMPILER = $(BASH_PROGRAM)
BATS_LOG_DRIVER = $(TAP_DRIVER)
BATS_LOG_COMPILER = bats --tap

AM_TESTS_ENVIRONMENT = \
	top_srcdir=`cd '$(abs_top_srcdir)' && pwd`; export top_srcdir; \
	top_builddir='$(abs_top_builddir)'; export top_builddir; \
	CC='$(CC)'; export CC;

EXTRA_DIST += tests/run tests/unit/run tests/unit/unit.h tests/data

# ---- the shape of the tree

check_scripts = \
	tests/check/clang.sh \
	tests/check/headers.sh \
	tests/check/layers.sh \
	tests/check/licence.sh \
	tests/check/scripts.sh \
	tests/check/sources.sh \
	tests/check/symbols.sh \
	tests/check/twins.sh
TESTS += $(check_scripts)
EXTRA_DIST += $(check_scripts) tests/check/tap.sh

# ---- unit tests, one fragment for each folder

unit_tests =
include tests/fake/fake.mk
include tests/unit/base.mk
include tests/unit/sys.mk
include tests/unit/config.mk
include tests/unit/host.mk
include tests/unit/container.mk
include tests/unit/rootfs.mk
include tests/unit/storage.mk
include tests/unit/image.mk
include tests/unit/net.mk
include tests/unit/cgroup.mk
include tests/unit/security.mk
include tests/unit/console.mk
include tests/unit/hook.mk
include tests/unit/systemd.mk
include tests/unit/instance.mk
include tests/unit/monitor.mk
include tests/unit/lifecycle.mk
include tests/unit/lxtools.mk
include tests/unit/libexec.mk

if HAVE_CMOCKA
check_PROGRAMS += $(unit_tests)
TESTS += $(unit_tests)
endif

# ---- parsers, on odd input

include tests/fuzz/local.mk

# ---- behaviour, on a real kernel as root

functional_tests =
include tests/functional/local.mk
include tests/security/local.mk
EXTRA_DIST += $(functional_tests)

# ---- the same on another host: a virtual machine

include tests/nested/local.mk
include tests/vm/local.mk

# ---- figures, on request

include tests/bench/local.mk

check-functional: all
	rm -f tests/functional/host.before
	$(MAKE) $(AM_MAKEFLAGS) check TESTS='$(functional_tests) $(functional_last)' check_PROGRAMS= TEST_SUITE_LOG=functional.log

.PHONY: check-functional
