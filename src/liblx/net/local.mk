# net/: links of containers, and the managed network.
libcore_la_SOURCES += \
	src/liblx/net/address.c \
	src/liblx/net/address.h \
	src/liblx/net/bridge.c \
	src/liblx/net/dnsmasq.c \
	src/liblx/net/empty.c \
	src/liblx/net/forwarding.c \
	src/liblx/net/ifname.c \
	src/liblx/net/ifname.h \
	src/liblx/net/ip.c \
	src/liblx/net/ip.h \
	src/liblx/net/net.c \
	src/liblx/net/net.h \
	src/liblx/net/network.c \
	src/liblx/net/network.h \
	src/liblx/net/nft.c \
	src/liblx/net/none.c \
	src/liblx/net/record.c \
	src/liblx/net/user.c \
	src/liblx/net/usernet-client.c \
	src/liblx/net/usernet-policy.c \
	src/liblx/net/usernet-request.c \
	src/liblx/net/usernet-server.c \
	src/liblx/net/usernet.h \
	src/liblx/net/veth.c
