# Functional tests: behaviour on a real kernel, as root. Each file keeps to namespaces that it makes.
functional_tests += \
	tests/functional/attach.bats \
	tests/functional/bench.bats \
	tests/functional/crash.bats \
	tests/functional/create-debian.bats \
	tests/functional/create.bats \
	tests/functional/debian.bats \
	tests/functional/errors.bats \
	tests/functional/execute.bats \
	tests/functional/freeze.bats \
	tests/functional/hooks.bats \
	tests/functional/info-ls-wait.bats \
	tests/functional/limits.bats \
	tests/functional/mounts.bats \
	tests/functional/namespaces.bats \
	tests/functional/net.bats \
	tests/functional/security-basics.bats \
	tests/functional/seccomp.bats \
	tests/functional/start-stop.bats
EXTRA_DIST += tests/functional/lib.bash
