package org.recadero.os;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.SocketTimeoutException;
import java.time.Duration;

/**
 * Tells that this machine got an address or a route (rtnetlink(7)). What there is now is for the caller to find out. One thread
 * waits, another may close; needs no right.
 */
public final class NetworkWatch implements AutoCloseable {
    private static final int AF_NETLINK = 16;
    private static final int SOCK_RAW_NONBLOCK_CLOEXEC = 3 | 0x800 | 0x80000;
    private static final int NETLINK_ROUTE = 0;
    private static final int RTMGRP_IPV4_IFADDR = 0x10;
    private static final int RTMGRP_IPV4_ROUTE = 0x40;
    private static final int RTMGRP_IPV6_IFADDR = 0x100;
    private static final int RTMGRP_IPV6_ROUTE = 0x400;
    private static final int GROUPS = RTMGRP_IPV4_IFADDR | RTMGRP_IPV4_ROUTE | RTMGRP_IPV6_IFADDR | RTMGRP_IPV6_ROUTE;
    /** struct sockaddr_nl: family, pad, pid, groups. */
    private static final int ADDRESS_BYTES = 12;
    /** struct nlmsghdr. */
    private static final int HEAD_BYTES = 16;

    /** Read in one go; more come with the next. */
    private static final int MOST_DATAGRAMS = 10_000;

    private static final int RTM_NEWADDR = 20;
    private static final int RTM_NEWROUTE = 24;

    private final Pollable events;

    private NetworkWatch(Pollable events) {
        this.events = events;
    }

    /** @throws ErrnoException where the kernel has no such socket, or the process may not have one (EAFNOSUPPORT) */
    public static NetworkWatch open() throws IOException {
        try (Sys.Scratch s = Sys.scratch()) {
            int descriptor = (int) Sys.call(
                    s, "netlink socket", Sys.NUMBERS.socket(), AF_NETLINK, SOCK_RAW_NONBLOCK_CLOEXEC, NETLINK_ROUTE, 0);
            try {
                s.small.asSlice(0, ADDRESS_BYTES).fill((byte) 0);
                s.small.set(ValueLayout.JAVA_SHORT, 0, (short) AF_NETLINK);
                s.small.set(ValueLayout.JAVA_INT, 8, GROUPS);
                Sys.call(s, "bind netlink socket", Sys.NUMBERS.bind(), descriptor, s.small.address(), ADDRESS_BYTES, 0);
                return new NetworkWatch(Pollable.of(descriptor));
            } catch (IOException e) {
                UnixAddress.close(descriptor);
                throw e;
            }
        }
    }

    /**
     * Waits for news, and takes all that is there; false where none came within {@code limit}, or what came is no new address or route.
     *
     * @throws java.nio.channels.ClosedChannelException closed, by another thread meanwhile too
     */
    public boolean await(Duration limit) throws IOException {
        try {
            return events.repeat("wait for the network", true, limit, NetworkWatch::read) != 0;
        } catch (SocketTimeoutException e) {
            return false;
        }
    }

    /** One event is one datagram. Returns 1 where one of them is news, 0 where none is, or the negative error number. */
    private static long read(int descriptor) {
        boolean news = false;
        try (Sys.Scratch s = Sys.scratch()) {
            MemorySegment data = s.data();
            for (int i = 0; i < MOST_DATAGRAMS; i++) {
                long got = Sys.raw(s, Sys.NUMBERS.read(), descriptor, data.address(), Sys.BUFFER_BYTES, 0, 0, 0);
                if (got >= 0) {
                    news |= hasNews(data, got);
                } else if (s.errno() == Errno.ENOBUFS) {
                    // messages were lost: something has happened
                    news = true;
                } else if (i == 0) {
                    return -s.errno();
                } else {
                    // nothing more; what else it is the next call says
                    return news ? 1 : 0;
                }
            }
        }
        return news ? 1 : 0;
    }

    private static boolean hasNews(MemorySegment data, long bytes) {
        long at = 0;
        while (at + HEAD_BYTES <= bytes) {
            int length = data.get(ValueLayout.JAVA_INT, at);
            int type = data.get(ValueLayout.JAVA_SHORT, at + 4);
            if (type == RTM_NEWADDR || type == RTM_NEWROUTE) {
                return true;
            }
            if (length < HEAD_BYTES) {
                return false;
            }
            at += (length + 3) & ~3;
        }
        return false;
    }

    /** Ends {@link #await}. */
    @Override
    public void close() {
        events.close();
    }
}
