# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034 # variables are for those who source this
# One machine under QEMU, as tests/vm/build and tests/vm/run use it. doc/VM-LANE has the picture.

vm_source=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
# shellcheck source=../lane/lib.bash
. "$vm_source/../lane/lib.bash"
vm_policy=$top_srcdir/config/selinux/lx.cil
vm_cache=${LX_VM_CACHE:-${XDG_CACHE_HOME:-/var/cache}/lx-vm}

# A restored guest finds the machine that it was saved on: same devices, same sizes.
vm_memory=2048M
vm_cpus=2
vm_disk_size=2G
vm_kernel_words="console=ttyS0 quiet panic=-1 net.ifnames=0 mitigations=off random.trust_cpu=1 tsc=reliable
	no_timer_check systemd.unified_cgroup_hierarchy=1"

# The machines: one image, booted in different ways, each with a snapshot of its own.
declare -A vm_machines=(
	[apparmor]="apparmor=1 security=apparmor"
	[selinux]="apparmor=0 selinux=1 security=selinux enforcing=0"
)

# What a guest and its snapshot are made of; anything else that changes makes no other guest.
vm_key()
{
	{
		cat "$vm_source"/{build,lib.bash,agent,agent.service,init,packages,masked-units} "$lane_packages" "$vm_policy"
		qemu-system-x86_64 --version
		dpkg --print-architecture
		sed -n 's/^VERSION_CODENAME=//p' /etc/os-release
	} | sha256sum | cut -c 1-16
}

# ---- the machine; $work is its directory, $qemu its process, $image the guest, $snapshot its saved machine, $machine which

# machine_start ROOT-DISK RAM OPTION...: RAM "share=on" keeps memory in the file $snapshot/ram, "share=off" reads it there.
machine_start()
{
	local root=$1 ram=$2 disk
	shift 2

	mkfifo "$work"/{control,monitor}.{in,out} "$work/output"
	for disk in in out images; do
		[ -e "$work/$disk" ] || : > "$work/$disk"
		truncate -s "$vm_disk_size" "$work/$disk"
	done

	# both ends of each pipe are held here, so that neither side ever sees an end
	exec 3<> "$work/control.in" 4<> "$work/control.out" 5<> "$work/monitor.in" 6<> "$work/monitor.out"
	cat < "$work/output" 3>&- 4>&- 5>&- 6>&- &
	relay=$!

	setpriv --pdeathsig KILL qemu-system-x86_64 -nodefaults -no-user-config -no-reboot -display none \
		-machine q35,usb=off,vmport=off,memory-backend=ram -accel tcg,thread=multi -cpu max -smp "$vm_cpus" \
		-m "$vm_memory" \
		-object "memory-backend-file,id=ram,size=$vm_memory,mem-path=$snapshot/ram,$ram" \
		-drive "file=$root,if=none,id=root,cache=unsafe" -device virtio-blk-pci,drive=root \
		-drive "file=$work/in,if=none,id=in,format=raw,cache=unsafe" -device virtio-blk-pci,drive=in \
		-drive "file=$work/out,if=none,id=out,format=raw,cache=unsafe" -device virtio-blk-pci,drive=out \
		-drive "file=$work/images,if=none,id=images,format=raw,cache=unsafe,snapshot=on" \
		-device virtio-blk-pci,drive=images \
		-device virtio-rng-pci -device virtio-serial-pci \
		-chardev "pipe,id=control,path=$work/control" -device virtserialport,chardev=control,name=lx.control \
		-chardev "file,id=output,path=$work/output" -device virtserialport,chardev=output,name=lx.output \
		-chardev "${vm_console:-file,id=console,path=$work/console}" -serial chardev:console \
		-chardev "pipe,id=monitor,path=$work/monitor" -mon chardev=monitor,mode=readline \
		-kernel "$image/vmlinuz" -initrd "$image/initrd" -append "$vm_kernel_words ${vm_machines[$machine]}" \
		"$@" <&"${vm_stdin:-7}" 2> "$work/errors" 3>&- 4<&- 5>&- 6<&- &
	qemu=$!
} 7< /dev/null

machine_runs()
{
	kill -0 "$qemu" 2> /dev/null
}

# Switches it off: nothing in it is worth a shutdown.
machine_kill()
{
	[ -n "${qemu:-}" ] || return 0
	kill -9 "$qemu" 2> /dev/null || :
	wait "$qemu" 2> /dev/null || :
	qemu=
	: <> "$work/output" # a relay that still waits for QEMU to open it sees an end
}

machine_end()
{
	machine_kill
	[ -z "${relay:-}" ] || wait "$relay" || : # what it had written is out
}

# The directory goes first: the relay may wait for somebody who reads.
machine_end_and_clean()
{
	trap '' INT TERM HUP
	machine_kill
	rm -rf "$work"
	[ -z "${relay:-}" ] || wait "$relay" || :
}

# What runs left that were killed; those that live hold a lock. Not the newest ones, which are about to take theirs.
forget_killed()
{
	find "$1" -maxdepth 1 -type d -name 'lx-machine.*' -user "$(id -u)" -mmin +1 -exec flock -n {} rm -rf {} \;
}

# Work files on a disk: memory and disks of the guest are large.
machine_begin()
{
	local place=${TMPDIR:-/var/tmp}

	forget_killed "$place"
	work=$(mktemp -d "$place/lx-machine.XXXXXX") || exit
	trap machine_end_and_clean EXIT
	trap 'exit 130' INT TERM HUP
	exec {work_lock}< "$work"
	flock "$work_lock"
}

machine_explain()
{
	say "$1"
	cat "$work/errors" >&2
	[ ! -e "$work/console" ] || tail -n 20 "$work/console" >&2
}

# monitor COMMAND...: to QEMU itself
monitor()
{
	printf '%s\n' "$@" >&5
}

# monitor_says SECONDS COMMAND TEXT: asks until the answer contains TEXT
monitor_says()
{
	local end=$((SECONDS + $1)) line

	while [ "$SECONDS" -le "$end" ] && machine_runs; do
		monitor "$2"
		while read -r -t 0.05 line <&6; do
			[[ $line != *"$3"* ]] || return 0
		done
	done
	return 1
}

# answer SECONDS WORD: the rest of the agent's next line, which must begin with WORD, in $answer
answer()
{
	local end=$((SECONDS + $1)) word

	while [ "$SECONDS" -le "$end" ] && machine_runs; do
		if read -r -t 1 word answer <&4; then
			[ "$word" = "$2" ]
			return
		fi
	done
	return 1
}
