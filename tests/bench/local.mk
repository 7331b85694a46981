# Figures, against LXC of the distribution: "make bench". Never part of a verdict; a smoke test only sees that it works.

EXTRA_PROGRAMS = tests/bench/floor
tests_bench_floor_SOURCES = tests/bench/floor.c
tests_bench_floor_CFLAGS = -std=gnu11 $(BASE_CFLAGS) $(WARN_CFLAGS)
tests_bench_floor_LDFLAGS = -all-static
tests_bench_floor_LDADD =
CLEANFILES += tests/bench/floor$(EXEEXT)
EXTRA_DIST += tests/bench/run tests/bench/units

bench: all tests/bench/floor$(EXEEXT)
	top_builddir='$(abs_top_builddir)' python3 $(top_srcdir)/tests/bench/run $(BENCH_OPTIONS)

.PHONY: bench
