-- SPDX-License-Identifier: LGPL-2.1-or-later
-- A system of one static program: no network is needed to build it, and it boots in milliseconds.

local files = require "lib.files"

local function busybox_of_host()
	return host.find("busybox")
end

-- Applets that make no sense in a container, or pretend to be what they are not (package managers).
local unwanted = { dpkg = true, ["dpkg-deb"] = true, rpm = true, rpm2cpio = true, linuxrc = true, busybox = true }

local directories = {
	"bin", "dev", "etc/init.d", "home", "mnt", "proc", "run", "sbin", "sys", "usr/bin", "usr/sbin", "usr/share/udhcpc",
	"var/log", "var/spool/cron",
}

local inittab = [[
# The first process: busybox init.
::sysinit:/etc/init.d/rcS
::askfirst:-/bin/sh
::ctrlaltdel:/sbin/reboot
::shutdown:/etc/init.d/rcK
]]

local rcS = [[
#!/bin/sh
# Boot: lx has mounted everything and named the host already.
export PATH=/usr/sbin:/usr/bin:/sbin:/bin

mkdir -p /run/lock /var/log
ip link set lo up
syslogd -C64

# A link that lx has given an address keeps that; its gateway is the host, where names are answered too.
for link in /sys/class/net/*; do
	link=${link##*/}
	case $link in
	lo | sit* | tunl* | ip6tnl* | gre* | erspan* | ip_vti*) continue ;;
	esac
	ip link set "$link" up
	if ip -4 addr show dev "$link" | grep -q inet; then
		gateway=$(ip -4 route show default dev "$link" | sed -n 's/^default via \([^ ]*\).*/\1/p')
		[ -z "$gateway" ] || echo "nameserver $gateway" >/etc/resolv.conf
	else
		udhcpc -i "$link" -b -S -t 5 -T 1 -A 5 -x "hostname:$(hostname)" \
			-p "/run/udhcpc.$link.pid" -s /usr/share/udhcpc/default.script >/dev/null 2>&1 &
	fi
done
for script in /etc/init.d/S[0-9]*; do
	[ -x "$script" ] && "$script" start
done
exit 0
]]

local rcK = [[
#!/bin/sh
# Shutdown: init kills what is left after this.
for script in $(ls -r /etc/init.d/S[0-9]* 2>/dev/null); do
	[ -x "$script" ] && "$script" stop
done
exit 0
]]

local udhcpc = [[
#!/bin/sh
# What udhcpc runs when a lease comes, changes or goes.
case $1 in
deconfig)
	ip -4 addr flush dev "$interface"
	ip link set "$interface" up
	;;
bound | renew)
	ip -4 addr flush dev "$interface"
	ip addr add "$ip/${mask:-24}" broadcast "${broadcast:-+}" dev "$interface"
	for r in $router; do
		ip route replace default via "$r" dev "$interface"
		break
	done
	{
		[ -n "$domain" ] && echo "search $domain"
		for d in $dns; do
			echo "nameserver $d"
		done
	} >/etc/resolv.conf.new
	mv /etc/resolv.conf.new /etc/resolv.conf
	;;
esac
exit 0
]]

local profile = [[
export PATH=/usr/sbin:/usr/bin:/sbin:/bin
export PS1='\u@\h:\w\$ '
]]

local function install_applets(image, options)
	image:copy(options.busybox, "/bin/busybox", { mode = "0755" })
	image:run{ options.busybox, "--list-full", line = function(path)
		local name = path:match("([^/]+)$")

		if name and not unwanted[name] then
			image:symlink("/bin/busybox", "/" .. path)
		end
	end }
	-- whatever its build's list says, these are where others look for them
	image:symlink("/bin/busybox", "/sbin/init")
	image:symlink("/bin/busybox", "/bin/sh")
end

local function build(image, options)
	if not options.busybox then
		error("there is no busybox on this host; install busybox-static, or name one with --busybox", 0)
	end
	if not files.is_static_elf(host, options.busybox) then
		error(options.busybox .. " is not a statically linked program; install busybox-static, or name one with --busybox", 0)
	end

	image:progress("install", 0)
	for _, directory in ipairs(directories) do
		image:mkdir("/" .. directory)
	end
	image:mkdir("/root", { mode = "0700" })
	image:mkdir("/tmp", { mode = "1777" })
	image:mkdir("/var/tmp", { mode = "1777" })
	image:symlink("../run", "/var/run")
	install_applets(image, options)

	image:progress("configure", 80)
	image:write("/etc/inittab", inittab)
	image:write("/etc/init.d/rcS", rcS, { mode = "0755" })
	image:write("/etc/init.d/rcK", rcK, { mode = "0755" })
	image:write("/usr/share/udhcpc/default.script", udhcpc, { mode = "0755" })
	image:write("/etc/profile", profile)
	image:write("/etc/passwd", "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/nonexistent:/bin/false\n")
	image:write("/etc/shadow", "root:*:19700:0:99999:7:::\nnobody:*:19700:0:99999:7:::\n", { mode = "0600" })
	image:write("/etc/group", "root:x:0:\ntty:x:5:\nusers:x:100:\nnogroup:x:65534:\n")
	image:write("/etc/shells", "/bin/sh\n")
	image:write("/etc/fstab", "")
	image:write("/etc/os-release", 'ID=busybox\nNAME=BusyBox\nPRETTY_NAME="BusyBox"\n')
	image:write("/etc/resolv.conf", "")
end

-- busybox init turns off on SIGUSR2 and reboots on SIGTERM.
local function configure(guest, options)
	guest:config("container.stop-signal", "SIGUSR2")
	guest:config("container.reboot-signal", "SIGTERM")
end

return {
	name = "busybox",
	summary = "a small system from the host's static busybox",
	options = {
		{ name = "busybox", type = "path", value = "FILE", default = busybox_of_host,
		  help = "static busybox to use; default is the host's" },
	},
	-- a newer program is another image
	key = function(options)
		local st = options.busybox and host.stat(options.busybox)

		return st and (st.size .. " " .. st.mtime) or ""
	end,
	build = build,
	configure = configure,
}
