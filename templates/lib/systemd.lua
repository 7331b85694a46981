-- SPDX-License-Identifier: LGPL-2.1-or-later
-- What a guest with systemd needs to come up in a container without a failed unit, whatever its distribution.

local systemd = {}

-- DHCP on every link of ours. The client identifier is the address of the link, which lx keeps stable; the default is
-- derived from the machine id, and a guest would lose its lease with that.
local network = [[
[Match]
Name=eth*

[Network]
DHCP=ipv4
IPv6AcceptRA=yes
LLMNR=no
MulticastDNS=no

[DHCPv4]
ClientIdentifier=mac
UseDomains=yes
]]

-- A link that lx has given an address keeps that and asks for no other. networkd would remove what it did not set itself; only
-- at boot can be seen which of the two it is, so this is a generator (systemd.generator(7)). The gateway is the host, where
-- names are answered too.
local generator = [[
#!/bin/sh
for link in /sys/class/net/eth*; do
	link=${link##*/}
	ip -4 -o addr show dev "$link" scope global 2>/dev/null | grep -q inet || continue
	gateway=$(ip -4 route show default dev "$link" | sed -n 's/^default via \([^ ]*\).*/\1/p')
	mkdir -p /run/systemd/network
	{
		printf '[Match]\nName=%s\n\n' "$link"
		printf '[Network]\nIPv6AcceptRA=yes\nLLMNR=no\nMulticastDNS=no\nKeepConfiguration=static\n'
		[ -z "$gateway" ] || printf 'DNS=%s\n' "$gateway"
	} >"/run/systemd/network/70-lx-$link.network"
done
exit 0
]]

-- Names of neighbours are answered by the host's name server, also those without a dot.
local resolved = [[
[Resolve]
LLMNR=no
MulticastDNS=no
DNSSEC=no
ResolveUnicastSingleLabel=yes
]]

-- sshd does not start without host keys, and an image has none.
local ssh_keys = [[
[Unit]
Description=Make the SSH host keys of this system
Before=ssh.service ssh.socket sshd.service
ConditionPathExistsGlob=!/etc/ssh/ssh_host_*_key

[Service]
Type=oneshot
ExecStart=/usr/bin/ssh-keygen -A

[Install]
WantedBy=multi-user.target
]]

local units = "/etc/systemd/system/"

function systemd.setup(image)
	image:write("/etc/systemd/network/80-lx.network", network)
	image:write("/etc/systemd/system-generators/lx-network", generator, { mode = "0755" })
	image:write("/etc/systemd/resolved.conf.d/lx.conf", resolved)
	image:symlink("../run/systemd/resolve/stub-resolv.conf", "/etc/resolv.conf")
	image:symlink("/lib/systemd/system/multi-user.target", units .. "default.target")

	if image:exists("/usr/sbin/sshd") then
		image:write(units .. "lx-ssh-keys.service", ssh_keys)
		image:symlink("../lx-ssh-keys.service", units .. "multi-user.target.wants/lx-ssh-keys.service")
	end
end

-- Enables units by the image's own systemctl.
function systemd.enable(image, ...)
	image:run{ "chroot", image.path, "systemctl", "--quiet", "enable", ... }
end

return systemd
