# lwIP: which of its source files (relative to the unpacked source's src/) make liblwip.a, and where its port headers
# are. Left out on purpose, because libos/net replaces them: init.c, timeouts.c, memp.c, dns.c.
LWIP_SOURCES := \
	core/def.c core/inet_chksum.c core/ip.c core/mem.c core/netif.c core/pbuf.c core/raw.c core/tcp.c \
	core/tcp_in.c core/tcp_out.c core/udp.c \
	core/ipv4/dhcp.c core/ipv4/etharp.c core/ipv4/icmp.c core/ipv4/igmp.c core/ipv4/ip4.c core/ipv4/ip4_addr.c \
	core/ipv4/ip4_frag.c \
	core/ipv6/ethip6.c core/ipv6/icmp6.c core/ipv6/inet6.c core/ipv6/ip6.c core/ipv6/ip6_addr.c \
	core/ipv6/ip6_frag.c core/ipv6/mld6.c core/ipv6/nd6.c \
	netif/ethernet.c

# What libos/net/segments.c, recovery.c, claims.c and arrivals.c do in lwIP's place: file of lwIP's, function. The definitions in
# lwIP get another name, so that lwIP too calls ours. $(call lwip-renamed,FILE): the compiler's flags for it.
LWIP_REPLACED := \
	tcp_out.c:tcp_output tcp_out.c:tcp_rexmit_rto_commit tcp_out.c:tcp_rexmit_fast tcp_out.c:tcp_split_unsent_seg \
	ip4_frag.c:ip4_frag ip6_frag.c:ip6_frag tcp.c:tcp_eff_send_mss_netif nd6.c:nd6_get_destination_mtu \
	nd6.c:nd6_input ip4_frag.c:ip4_reass ip6_frag.c:ip6_reass udp.c:udp_input
lwip-renamed = $(if $(filter $(LWIP)/%,$(1)), \
                    $(foreach f,$(filter $(notdir $(1)):%,$(LWIP_REPLACED)), \
                        -D$(f:$(notdir $(1)):%=%)=lwip_$(f:$(notdir $(1)):%=%)))

# Include paths, for lwIP itself and for libos/net: the port, then lwIP's own headers as system headers (they are not
# ours to make free of warnings).
LWIP_PORT_INCLUDES := -Ilibos/net/lwip
