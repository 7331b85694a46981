#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# AppArmor: the profile that each container gets, where it comes from and where it goes, and what a guest finds of it.

# shellcheck disable=SC2154 # dir, tag, c, output ... are lib.bash's
load lib

policy=/sys/kernel/security/apparmor

setup_file()
{
	[ -e "$policy/.replace" ] || { skip_file "AppArmor is not enabled on this host"; return; }
	command -v apparmor_parser > /dev/null || { skip_file "apparmor_parser is not installed"; return; }
	export BATS_TEST_TIMEOUT=${BATS_TEST_TIMEOUT:-600}
	file_begin
	[ -n "${dir:-}" ] || return 0
	lx-checkconfig 2> /dev/null | grep -q '^AppArmor: missing.*--without-apparmor' && skip_file "lx was built without AppArmor"
	return 0
}

# What the host says of init's label.
label()
{
	tr -d '\0' < "/proc/$(init_pid)/attr/current"
}

# Those of containers of this file in the kernel.
loaded()
{
	grep -o "^lx-[^ ]*x$tag" "$policy/profiles"
	find "$policy/policy/namespaces/" -maxdepth 1 -name "*x$tag"
	return 0
}

cached()
{
	find "$dir/cache" -name "lx-$c.*" -printf '%f %i\n'
}

# The policy namespace that a command inside is in.
own_namespace()
{
	inside cat "$policy/.ns_name"
}

@test "a container has a profile and a policy namespace, which go when it stops" {
	started
	same "lx-$c//&:lx-$c:unconfined (enforce)" "$(label)"
	same "lx-$c" "$(own_namespace)"
	lx-stop -k "$c"
	same "" "$(loaded)"
}

@test "a profile is compiled once, and forgotten with its container" {
	started
	first=$(cached)
	like "lx-$c.????????????????????????????????*" "$first"
	lx-stop -k "$c"
	lx-start "$c"
	same "$first" "$(cached)"

	# another text is another profile
	lx-stop -k "$c"
	set_key security.apparmor.rules "deny /etc/secret r,"
	lx-start "$c"
	fails same "$first" "$(cached)"
	same 1 "$(cached | wc -l)"
	lx-destroy -f "$c"
	same "" "$(cached)"
}

@test "what a killed monitor left in the kernel is removed" {
	started
	kill -KILL "$(monitor_pid)"
	wait_for 30 state_is STOPPED
	like "*lx-$c*" "$(loaded)"
	lx-gc
	same "" "$(loaded)"
}

@test "no profile when it is unconfined" {
	new
	set_key security.apparmor unconfined
	lx-start "$c"
	same unconfined "$(label)"
	same "" "$(loaded)"
}

@test "a profile that is loaded already" {
	printf 'profile lxt-%s flags=(attach_disconnected) { file, mount, umount, capability, network, signal, ptrace, deny /etc/secret r, }\n' "$tag" |
		apparmor_parser -r -K
	new
	set_key security.apparmor "lxt-$tag"
	lx-start "$c"
	same "lxt-$tag (enforce)" "$(label)"
	sh -c "echo secret" | inside sh -c 'cat > /etc/secret'
	fails inside cat /etc/secret
	lx-stop -k "$c"
	grep -q "^lxt-$tag " "$policy/profiles"
	printf 'lxt-%s' "$tag" > "$policy/.remove"
	refuses "*no profile lxt-$tag is loaded*" lx-start "$c"
}

@test "rules of the configuration" {
	new
	set_key security.apparmor.rules "deny /etc/secret r,"
	lx-start "$c"
	inside sh -c 'echo secret > /etc/secret'
	fails inside cat /etc/secret
	lx-stop -k "$c"

	set_key security.apparmor.rules "deny nonsense here,"
	refuses "*AppArmor*" lx-start "$c"
	same "" "$(loaded)"
}

@test "a command that joins is confined, whatever the guest has mounted at /proc" {
	started
	inside mount -t tmpfs none /proc
	same "lx-$c" "$(own_namespace)"
	# the twin: told to, it is not
	same root "$(lx-attach --elevated-privileges=LSM "$c" -- cat "$policy/.ns_name")"
}

@test "no-new-privileges and a profile go together" {
	new
	set_key security.no-new-privileges yes
	lx-start "$c"
	same "lx-$c//&:lx-$c:unconfined (enforce)" "$(label)"
	same "lx-$c" "$(own_namespace)"
}

@test "lx-execute runs under the profile" {
	new
	same "lx-$c" "$(lx-execute "$c" -- cat "$policy/.ns_name")"
}

@test "nesting shows a proc and a sysfs without covers, and lets them be mounted" {
	started
	fails inside mount -t proc proc /mnt
	fails inside test -e /dev/.lx
	lx-stop -k "$c"
	set_key security.nesting yes
	lx-start "$c"
	inside mount -t proc proc /mnt
	inside test -e /dev/.lx/proc/1/status
	inside test -e /dev/.lx/sys/kernel
}

# A guest of a Debian release under the generated profile: everything that its systemd starts has to work.
boots()
{
	local release=$1

	new_name
	lx-create "$c" -t debian -- --release "$release" > "$dir/create" 2>&1 || {
		grep -qE 'no mirror of Debian|debootstrap' "$dir/create" && skip "no image of $release, and nothing to build one"
		cat "$dir/create" >&2
		return 1
	}
	seen=$(dmesg | wc -l)
	lx-start --wait=ready --timeout 300s "$c"
	same running "$(inside systemctl is-system-running --wait)"
	same "" "$(inside systemctl --failed --plain --no-legend)"
	same "lx-$c//&:lx-$c:unconfined (enforce)" "$(label)"
}

denied()
{
	dmesg | tail -n +"$((seen + 1))" | grep -F 'apparmor="DENIED"' || :
}

# Sandboxes as services have them: namespaces of mounts with all kinds of covers.
sandbox()
{
	inside systemd-run --quiet --wait --pipe -p PrivateTmp=yes -p ProtectSystem=strict -p ProtectHome=yes -p PrivateDevices=yes -p PrivateNetwork=yes \
		-p ProtectKernelTunables=yes -p ProtectKernelLogs=yes -p ProtectControlGroups=yes -p ReadWritePaths=/var/tmp -p DynamicUser=yes \
		-p SetCredential=word:secret -p "InaccessiblePaths=/srv" -p "BindReadOnlyPaths=/etc:/mnt" \
		sh -c 'cat "$CREDENTIALS_DIRECTORY/word" && ! touch /usr/x 2> /dev/null && test -e /mnt/passwd && echo " boxed"'
}

@test "Debian 12 boots, its services' sandboxes work, and it loads profiles of its own" {
	boots bookworm
	same "secret boxed" "$(sandbox)"
	same "" "$(denied)"

	# with the parser of this host, which is a Debian
	cat "$(command -v apparmor_parser)" | inside sh -c 'cat > /sbin/apparmor_parser; chmod 755 /sbin/apparmor_parser'
	inside sh -c 'printf "profile mine { file, deny /etc/secret r, }\n" > /tmp/mine; echo x > /etc/secret'
	inside sh -c '/sbin/apparmor_parser --version > /dev/null' || skip "the parser of this host does not run in the guest"
	inside /sbin/apparmor_parser -r -K /tmp/mine
	like "*mine (enforce)*" "$(inside cat "$policy/profiles")"
	fails grep -q '^mine ' "$policy/profiles"
	# it holds, and stacks with ours
	# through a pipe: the file of the host is none that the guest's profile knows
	said=$(inside sh -c 'echo "exec mine" > /proc/self/attr/apparmor/exec; exec sh -c "cat /proc/self/attr/current; cat /etc/secret"' 2>&1 || :)
	like "*mine (enforce)*Permission denied*" "$said"
	lx-stop "$c"
	same "" "$(loaded)"
}

@test "Debian 13 boots, and its services' sandboxes work" {
	boots trixie
	same "secret boxed" "$(sandbox)"
	same "" "$(denied)"
}

@test "nesting: podman runs a container inside" {
	new_name
	lx-create "$c" -t debian -- --release bookworm --packages podman,crun,busybox-static > "$dir/create" 2>&1 ||
		skip "no image with podman, and nothing to build one: $(tail -n 1 "$dir/create")"
	mkdir -p "$dir/store/$c/upper/etc/containers" # its overlay does not go over ours
	printf '[storage]\ndriver = "vfs"\nrunroot = "/run/containers/storage"\ngraphroot = "/var/lib/containers/storage"\n' \
		> "$dir/store/$c/upper/etc/containers/storage.conf"
	set_key security.nesting yes
	lx-start --wait=ready --timeout 300s "$c"
	inside sh -c 'mkdir -p /r/bin; cp /bin/busybox /r/bin/; ln -s busybox /r/bin/sh; tar -C /r -c . | podman import - box'
	same inside "$(inside podman run --rm --network=none box /bin/sh -c 'echo inside')"
}
