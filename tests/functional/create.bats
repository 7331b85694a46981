#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# lx-create and lx-destroy: what they make, what they leave when they fail or are killed, and what they never touch.

bats_require_minimum_version 1.5.0

setup_file()
{
	# bats up to 1.8 cannot skip here: setup() does it for each test
	[ "$(id -u)" = 0 ] && command -v busybox > /dev/null && [ -x "${top_builddir:-.}/src/libexec/lx-template" ] || return 0

	# one image for all tests of this file
	images=$(mktemp -d "${BATS_TMPDIR:-/tmp}/lx-create-images.XXXXXX")
	export images
}

teardown_file()
{
	[ -z "${images:-}" ] || rm -rf "$images"
}

setup()
{
	[ -n "${images:-}" ] || skip "needs root, busybox and a build with Lua"
	dir=$(mktemp -d "${BATS_TMPDIR:-/tmp}/lx-create.XXXXXX")
	name=create$$-$BATS_TEST_NUMBER # cgroups belong to the whole machine
	export LX_CONFIG=$dir/lx.conf
	write_config "$dir/store" "$images"
	printf '[network eth0]\ntype = empty\n' > "$dir/default.conf"
}

teardown()
{
	[ ! -e "$dir/store/$name/config" ] || lx destroy -f "$name" || true
	rm -rf "$dir"
}

lx()
{
	"${top_builddir:-.}/lx" "$@"
}

# write_config STORE IMAGES
write_config()
{
	cat > "$LX_CONFIG" <<-END
		[paths]
		containers = $1
		images = $2
		run = $dir/run
		log = $dir/log
		templates = ${top_srcdir:-.}/templates
		share = ${top_srcdir:-.}
		libexec = ${top_builddir:-.}/src/libexec
		config = $dir
	END
}

# own_template: reads the body of $dir/own.lua; images go to a cache of the test's own
own_template()
{
	cat > "$dir/own.lua"
	write_config "$dir/store" "$dir/images"
}

no_image()
{
	[ -z "$(find "$dir/images" -mindepth 1 -maxdepth 1 ! -name '*.lock' 2> /dev/null)" ]
}

# Nothing of a container or a build is left.
nothing_left()
{
	[ -z "$(find "$dir/store" -mindepth 1 -maxdepth 1 ! -name '.idmap*' 2> /dev/null)" ] && [ ! -s "$dir/store/.idmap" ] &&
		no_image && [ ! -e "$dir/run/$name" ] && ! grep -qF "$dir" /proc/self/mountinfo
}

wait_for()
{
	for _ in $(seq 1000); do
		! "$@" || return 0
		sleep 0.1
	done
	return 1
}

@test "a container is made and removed" {
	lx create "$name" -t busybox > /dev/null
	[ "$(lx ls)" = "$name" ]
	grep -qF "path = overlay:" "$dir/store/$name/config"
	[ "$(lx config get "$name" container.stop-signal)" = SIGUSR2 ]
	[ "$(cat "$dir/store/$name/upper/etc/hostname")" = "$name" ]
	[ "$(stat -c %a "$dir/store/$name" "$images" | sort -u)" = 700 ]
	lx config check "$name"
	lx destroy "$name"
	nothing_left
}

@test "the second container shares the image" {
	lx create "$name" -t busybox > /dev/null
	run lx create other -t busybox
	[ "$status" -eq 0 ]
	[ -z "$output" ] # no progress: nothing was built
	[ "$(find "$images" -maxdepth 1 -name 'busybox-*.[0-9]*' | wc -l)" -eq 1 ]
	[ ! -e "$dir/store/other/upper/bin" ]
	lx destroy other
}

@test "a name that is taken is refused" {
	lx create "$name" -t busybox > /dev/null
	before=$(md5sum "$dir/store/$name/config")
	run lx create "$name" -t busybox
	[ "$status" -ne 0 ]
	[[ $output == *"the container exists in $dir/store"* ]]
	[ "$before" = "$(md5sum "$dir/store/$name/config")" ]
}

@test "impossible names are refused" {
	for bad in ../x a/b .hidden -x "" "a b" "$(printf '%064d' 0)"; do
		run lx create -n "$bad" -t busybox
		[ "$status" -ne 0 ]
	done
	[ ! -e "$dir/x" ] && nothing_left
}

@test "a directory that is no container is not taken" {
	mkdir -p "$dir/store/$name"
	echo mine > "$dir/store/$name/file"
	run lx create "$name" -t busybox
	[ "$status" -ne 0 ]
	[[ $output == *"is in the way"* ]]
	[ "$(cat "$dir/store/$name/file")" = mine ]
}

@test "storage dir copies the image" {
	lx create "$name" -t busybox -B dir > /dev/null
	[ "$(lx config get "$name" rootfs.path)" = "dir:$dir/store/$name/rootfs" ]
	[ -x "$dir/store/$name/rootfs/bin/busybox" ]
	[ "$(stat -c %a "$dir/store/$name/rootfs/tmp")" = 1777 ]
	lx destroy "$name"
	nothing_left
}

@test "an unknown storage driver is refused" {
	run lx create "$name" -t busybox -B zfs
	[ "$status" -ne 0 ]
	[[ $output == *'unknown storage driver "zfs"'* ]]
	[ ! -e "$dir/store/$name" ]
}

@test "an existing directory is used in place and stays" {
	mkdir -p "$dir/tree/etc"
	echo theirs > "$dir/tree/etc/hostname"
	lx create "$name" --dir "$dir/tree"
	[ "$(lx config get "$name" rootfs.path)" = "dir:$dir/tree" ]
	lx destroy "$name"
	[ "$(cat "$dir/tree/etc/hostname")" = theirs ]
}

@test "password and key are root's" {
	echo secret > "$dir/password"
	echo "ssh-ed25519 AAAA me" > "$dir/key"
	lx create "$name" -t busybox --root-password-file="$dir/password" --ssh-key="$dir/key" > /dev/null
	etc=$dir/store/$name/upper/etc
	grep -q '^root:\$y\$' "$etc/shadow"
	[ "$(stat -c %a "$etc/shadow")" = 600 ]
	run ! grep -rq secret "$dir/store/$name"
	[ "$(cat "$dir/store/$name/upper/root/.ssh/authorized_keys")" = "ssh-ed25519 AAAA me" ]
	[ "$(stat -c %a "$dir/store/$name/upper/root/.ssh")" = 700 ]
}

@test "a password file that is not there leaves nothing" {
	run lx create "$name" -t busybox --root-password-file="$dir/none"
	[ "$status" -ne 0 ]
	[[ $output == *"read the password from $dir/none"* ]]
	nothing_left
}

@test "a broken configuration leaves nothing" {
	printf '[network eth0]\ntipe = veth\n' > "$dir/default.conf"
	run lx create "$name" -t busybox
	[ "$status" -ne 0 ]
	[[ $output == *tipe* ]]
	nothing_left
}

@test "an option that the template has not is refused" {
	run lx create "$name" -t busybox -- --busyboks=x
	[ "$status" -ne 0 ]
	[[ $output == *"did you mean --busybox?"* ]]
	nothing_left
}

@test "a program that is not static is refused" {
	[ "$(file -bL /bin/ls 2> /dev/null | grep -c 'dynamically linked')" = 1 ] || skip "needs a dynamic /bin/ls and file"
	write_config "$dir/store" "$dir/images"
	run lx create "$name" -t busybox -- --busybox=/bin/ls
	[ "$status" -ne 0 ]
	[[ $output == *"not a statically linked program"* ]]
	nothing_left
}

@test "templates are listed and describe themselves" {
	[[ $(lx create --list-templates) == *busybox*debian* ]]
	[[ $(lx create -t debian --help) == *--release=SUITE* ]]
	run lx create "$name" -t busybocks
	[ "$status" -ne 0 ]
	[[ $output == *'there is no template "busybocks"'* ]]
}

@test "a template of one's own" {
	own_template <<-'END'
		return {
			name = "own", summary = "a test",
			options = { { name = "word", default = "plain" }, { name = "later", stage = "configure" } },
			build = function(image, options)
				image:write("/etc/word", options.word)
				image:write("/etc/machine-id", "0123")
				image:mkdir("/sbin")
				image:run{ "sh", "-c", "echo made >" .. image.path .. "/etc/made" }
				image:symlink("/etc/made", "/sbin/init")
			end,
			configure = function(guest, options)
				guest:write("/etc/name", guest.name .. (options.later or ""))
				guest:config("cgroup.pids.max", "100")
			end,
		}
	END
	lx create "$name" -t "$dir/own.lua" -- --word=hello --later=1 > /dev/null
	image=$(echo "$dir"/images/own-*.1/rootfs)
	[ "$(cat "$image/etc/word")" = hello ]
	[ "$(cat "$image/etc/made")" = made ]
	[ ! -s "$image/etc/machine-id" ]
	[ "$(cat "$dir/store/$name/upper/etc/name")" = "${name}1" ]
	[ "$(lx config get "$name" cgroup.pids.max)" = 100 ]

	# what only configure() uses does not make another image
	lx create other -t "$dir/own.lua" -- --word=hello --later=2 > /dev/null
	[ "$(find "$dir/images" -maxdepth 1 -name 'own-*.[0-9]*' | wc -l)" -eq 1 ]
	lx destroy other
}

@test "a template cannot lead outside of the guest" {
	own_template <<-'END'
		return {
			build = function(image)
				image:mkdir("/etc")
				image:mkdir("/tmp")
				image:symlink("/etc", "/up")
				image:symlink("../../../../../../../../tmp", "/tmp2")
				image:write("/up/lx-create-test", "x")
				image:write("/tmp2/lx-create-test", "x")
				image:write("/../../../../lx-create-test", "x")
			end,
		}
	END
	lx create "$name" -t "$dir/own.lua" > /dev/null
	image=$(echo "$dir"/images/own-*.1/rootfs)
	[ -e "$image/etc/lx-create-test" ] && [ -e "$image/tmp/lx-create-test" ] && [ -e "$image/lx-create-test" ]
	[ ! -e /etc/lx-create-test ] && [ ! -e /tmp/lx-create-test ] && [ ! -e /lx-create-test ]
}

@test "a build that fails says why and leaves nothing" {
	own_template <<-'END'
		return { build = function(image)
			image:write("/x", "x")
			image:run{ "sh", "-c", "echo working; echo no such archive >&2; exit 3" }
		end }
	END
	run lx create "$name" -t "$dir/own.lua"
	[ "$status" -ne 0 ]
	[[ $output == *"template own: sh failed (exit code 3): no such archive"* ]]
	nothing_left
}

@test "a configure that fails leaves no container" {
	own_template <<-'END'
		return {
			build = function(image) image:write("/x", "x") end,
			configure = function(guest) guest:config("container.stop-signal", "SIGNONE") end,
		}
	END
	run lx create "$name" -t "$dir/own.lua"
	[ "$status" -ne 0 ]
	[[ $output == *"SIGNONE"* ]]
	[ ! -e "$dir/store/$name" ] && [ ! -s "$dir/store/.idmap" ]
}

no_sleeper()
{
	! pgrep -f "^sleep 987$$\$" > /dev/null
}

# In the background, as the job itself; bash would have it ignore SIGINT.
begin_create()
{
	env --default-signal=INT "${top_builddir:-.}/lx" create "$@" 3>&- &
}

# A build that goes on for long, with a process beside it and a mount.
slow_template()
{
	own_template <<-END
		return { build = function(image)
			image:mkdir("/mnt")
			image:run{ "sh", "-c", "mount -t tmpfs none " .. image.path .. "/mnt; setsid sleep 987$$ & echo >$dir/begun; sleep 60" }
		end }
	END
}

@test "a signal ends a build and leaves nothing" {
	slow_template
	for signal in INT TERM HUP; do
		rm -f "$dir/begun"
		begin_create "$name" -t "$dir/own.lua" > "$dir/out" 2>&1
		wait_for test -e "$dir/begun"
		kill -"$signal" $!
		status=0
		wait $! || status=$?
		[ "$status" -ne 0 ]
		grep -q interrupted "$dir/out"
		no_sleeper
		nothing_left
	done
}

@test "the next command clears up after a killed one" {
	slow_template
	begin_create "$name" -t "$dir/own.lua" > /dev/null 2>&1
	wait_for test -e "$dir/begun"
	kill -KILL $!
	wait $! || true
	wait_for no_sleeper
	[ -e "$dir/store/$name/partial" ]
	[ -z "$(lx ls)" ]

	lx create other -t busybox > /dev/null
	[ ! -e "$dir/store/$name" ]
	[ -z "$(find "$dir/images" -maxdepth 1 -name '*.partial')" ]
	lx destroy other
	[ ! -s "$dir/store/.idmap" ]
}

@test "two at once build the image once" {
	own_template <<-END
		return { build = function(image)
			image:run{ "sh", "-c", "echo x >>$dir/builds; sleep 1" }
		end }
	END
	begin_create "$name" -t "$dir/own.lua" > /dev/null
	lx create other -t "$dir/own.lua" > /dev/null
	wait $!
	[ "$(wc -l < "$dir/builds")" -eq 1 ]
	[ "$(lx ls | wc -l)" -eq 2 ]
	lx destroy other
}

@test "an image that is used stays when a new one is built" {
	write_config "$dir/store" "$dir/images"
	lx create "$name" -t busybox > /dev/null
	lx create other -t busybox --rebuild > /dev/null
	[ "$(find "$dir/images" -maxdepth 1 -name 'busybox-*.[0-9]*' | wc -l)" -eq 2 ]
	lx destroy "$name"
	[ "$(find "$dir/images" -maxdepth 1 -name 'busybox-*.[0-9]*' | wc -l)" -eq 1 ]
	lx destroy other
}

@test "a full disk leaves nothing" {
	mkdir "$dir/small"
	write_config "$dir/small/store" "$images"
	lx create probe -t busybox > /dev/null # the image
	lx destroy probe
	run unshare --mount --propagation private bash -c '
		mount -t tmpfs -o size=64k small "$1/small"
		head -c 60k /dev/zero > "$1/small/fill"
		head -c 60k /dev/zero > "$1/small/fill2" 2> /dev/null
		"$2" create "$3" -t busybox
		status=$?
		find "$1/small" -mindepth 1 -maxdepth 2 ! -name "fill*" ! -name store ! -name ".idmap*"
		exit $status' - "$dir" "${top_builddir:-.}/lx" "$name"
	[ "$status" -ne 0 ]
	[[ $output == *"No space left on device"* ]]
	[ "$(wc -l <<< "$output")" -eq 1 ]
}

@test "a read-only store is an error" {
	mkdir "$dir/ro"
	write_config "$dir/ro/store" "$images"
	run unshare --mount --propagation private bash -c '
		mount --bind "$1/ro" "$1/ro" && mount -o remount,bind,ro "$1/ro"
		"$2" create "$3" -t busybox' - "$dir" "${top_builddir:-.}/lx" "$name"
	[ "$status" -ne 0 ]
	[[ $output == *"Read-only file system"* ]]
}

@test "without root there is a clear error" {
	run setpriv --reuid=65534 --regid=65534 --clear-groups "${top_builddir:-.}/lx" create "$name" -t busybox
	[ "$status" -ne 0 ]
	[[ $output == *root* || $output == *"Permission denied"* ]]
}

@test "a running container is destroyed only by force" {
	lx create "$name" -t busybox > /dev/null
	lx start "$name"
	run lx destroy "$name"
	[ "$status" -ne 0 ]
	[[ $output == *"the container is RUNNING; stop it first, or force it"* ]]
	[ "$(lx ls --running)" = "$name" ]
	lx destroy -f "$name"
	nothing_left
}

@test "a container with a broken configuration can be destroyed" {
	lx create "$name" -t busybox > /dev/null
	echo nonsense > "$dir/store/$name/config"
	lx destroy "$name"
	nothing_left
}

@test "a symbolic link is not followed when destroying" {
	lx create real -t busybox > /dev/null
	ln -s real "$dir/store/$name"
	run lx destroy "$name"
	[ "$status" -ne 0 ]
	[[ $output == *"symbolic link"* ]]
	[ -e "$dir/store/real/config" ]
	rm "$dir/store/$name"
	lx destroy real
}

@test "files of the guest have plain owners on disk" {
	lx create "$name" -t busybox > /dev/null
	lx start "$name"
	lx attach "$name" -- sh -c '
		echo x > /new; chown 1000:1000 /new
		echo y >> /etc/profile
		rm /etc/shells
		mv /usr/share/udhcpc /usr/share/moved
		mknod /null2 c 1 3 2> /dev/null && exit 1
		ln /new /hard'
	upper=$dir/store/$name/upper
	[ "$(stat -c %u:%g "$upper/new")" = 1000:1000 ]
	[ "$(stat -c %u:%h "$upper/hard")" = 1000:2 ]
	[ "$(stat -c %u:%g "$upper/etc/profile")" = 0:0 ]
	[ -c "$upper/etc/shells" ]
	lx stop -k "$name"
	lx start "$name"
	lx attach "$name" -- sh -c 'test -e /usr/share/moved/default.script && test ! -e /etc/shells && test "$(cat /hard)" = x'
	lx stop -k "$name"
}
