# Functional tests: behaviour on a real kernel, as root. Each file keeps to namespaces that it makes.
functional_tests += \
	tests/functional/attach.bats \
	tests/functional/create.bats \
	tests/functional/create-debian.bats \
	tests/functional/hooks.bats \
	tests/functional/net.bats
