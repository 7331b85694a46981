-- SPDX-License-Identifier: LGPL-2.1-or-later
-- What a Debian guest with sysvinit needs to come up in a container.

local sysvinit = {}

-- The console is the only terminal. A power failure is what lx calls a stop, Ctrl-Alt-Del a reboot.
local inittab = [[
id:2:initdefault:
si::sysinit:/etc/init.d/rcS
~~:S:wait:/sbin/sulogin --force
l0:0:wait:/etc/init.d/rc 0
l1:1:wait:/etc/init.d/rc 1
l2:2:wait:/etc/init.d/rc 2
l3:3:wait:/etc/init.d/rc 3
l4:4:wait:/etc/init.d/rc 4
l5:5:wait:/etc/init.d/rc 5
l6:6:wait:/etc/init.d/rc 6
ca:12345:ctrlaltdel:/sbin/shutdown -r now
pf::powerwait:/sbin/shutdown -h now
pn::powerfailnow:/sbin/shutdown -h now
co:2345:respawn:/sbin/getty --noclear --keep-baud console 115200,38400,9600 vt220
]]

-- An address that lx has set is kept: then there is nothing to ask for.
local interfaces = [[
auto lo
iface lo inet loopback

allow-hotplug eth0
auto eth0
iface eth0 inet manual
	up ip -4 -o addr show dev $IFACE scope global | grep -q inet || /usr/local/sbin/lx-dhcp $IFACE
	down /usr/local/sbin/lx-dhcp -r $IFACE || :
]]

-- Releases have one client or the other.
local dhcp = [[
#!/bin/sh
# Leases an address for a link (or with -r gives it back) by the client that is there.
release=
[ "$1" != -r ] || { release=-r; shift; }
ip link set dev "$1" up
if command -v dhclient >/dev/null; then
	exec dhclient ${release:--4 -pf "/run/dhclient.$1.pid" -lf "/var/lib/dhcp/dhclient.$1.leases"} "$1"
fi
exec dhcpcd ${release:+-k} -4 -q "$1"
]]

-- Scripts that are about hardware, or about what the host has done already.
local not_here = {
	"checkfs.sh", "checkroot-bootclean.sh", "checkroot.sh", "hwclock.sh", "mount-configfs", "mountdevsubfs.sh", "mountkernfs.sh",
	"udev", "umountfs", "umountroot", "kmod", "procps", "brightness", "keyboard-setup.sh", "console-setup.sh",
}

function sysvinit.setup(image)
	image:write("/etc/inittab", inittab)
	image:write("/etc/network/interfaces", interfaces)
	image:write("/usr/local/sbin/lx-dhcp", dhcp, { mode = "0755" })
	image:remove("/etc/resolv.conf")
	image:write("/etc/resolv.conf", "")
	for _, script in ipairs(not_here) do
		if image:exists("/etc/init.d/" .. script) then
			image:run({ "chroot", image.path, "update-rc.d", "-f", script, "remove" })
		end
	end
end

return sysvinit
