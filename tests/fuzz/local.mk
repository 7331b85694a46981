# Fuzz targets. As tests they run on their corpus, and on each prefix of it; tests/fuzz/run fuzzes them.

fuzz_targets = \
	tests/fuzz/fuzz-asks \
	tests/fuzz/fuzz-config \
	tests/fuzz/fuzz-hook-state \
	tests/fuzz/fuzz-ini \
	tests/fuzz/fuzz-journal \
	tests/fuzz/fuzz-monitor \
	tests/fuzz/fuzz-mountinfo \
	tests/fuzz/fuzz-netlink \
	tests/fuzz/fuzz-passwd \
	tests/fuzz/fuzz-run-state \
	tests/fuzz/fuzz-sock \
	tests/fuzz/fuzz-sync \
	tests/fuzz/fuzz-types \
	tests/fuzz/fuzz-usernet \
	tests/fuzz/fuzz-users \
	tests/fuzz/fuzz-words
if HAVE_SECCOMP
fuzz_targets += tests/fuzz/fuzz-seccomp
endif
check_PROGRAMS += $(fuzz_targets)
TESTS += $(fuzz_targets)
EXTRA_DIST += tests/fuzz/corpus tests/fuzz/run

fuzz_driver = tests/fuzz/corpus-main.c tests/fuzz/fuzz.h
tests_fuzz_fuzz_asks_SOURCES = $(fuzz_driver) tests/fuzz/fuzz-asks.c
tests_fuzz_fuzz_config_SOURCES = $(fuzz_driver) tests/fuzz/fuzz-config.c
tests_fuzz_fuzz_hook_state_SOURCES = $(fuzz_driver) tests/fuzz/fuzz-hook-state.c
tests_fuzz_fuzz_ini_SOURCES = $(fuzz_driver) tests/fuzz/fuzz-ini.c
tests_fuzz_fuzz_journal_SOURCES = $(fuzz_driver) tests/fuzz/fuzz-journal.c
tests_fuzz_fuzz_monitor_SOURCES = $(fuzz_driver) tests/fuzz/fuzz-monitor.c
tests_fuzz_fuzz_mountinfo_SOURCES = $(fuzz_driver) tests/fuzz/fuzz-mountinfo.c
tests_fuzz_fuzz_netlink_SOURCES = $(fuzz_driver) tests/fuzz/fuzz-netlink.c
tests_fuzz_fuzz_netlink_LDADD = libsys.la libbase.la
tests_fuzz_fuzz_passwd_SOURCES = $(fuzz_driver) tests/fuzz/fuzz-passwd.c
tests_fuzz_fuzz_run_state_SOURCES = $(fuzz_driver) tests/fuzz/fuzz-run-state.c
tests_fuzz_fuzz_seccomp_SOURCES = $(fuzz_driver) tests/fuzz/fuzz-seccomp.c
tests_fuzz_fuzz_sock_SOURCES = $(fuzz_driver) tests/fuzz/fuzz-sock.c
tests_fuzz_fuzz_sync_SOURCES = $(fuzz_driver) tests/fuzz/fuzz-sync.c
tests_fuzz_fuzz_types_SOURCES = $(fuzz_driver) tests/fuzz/fuzz-types.c
tests_fuzz_fuzz_usernet_SOURCES = $(fuzz_driver) tests/fuzz/fuzz-usernet.c
tests_fuzz_fuzz_users_SOURCES = $(fuzz_driver) tests/fuzz/fuzz-users.c
tests_fuzz_fuzz_words_SOURCES = $(fuzz_driver) tests/fuzz/fuzz-words.c
