package org.recadero.os;

import java.util.Locale;

/** The system calls that are used, with their numbers on the two processors that Recadero runs on (asm/unistd_64.h). */
enum SystemCall {
    CLOSE(3, 57),
    OPENAT(257, 56),
    PREAD64(17, 67),
    PWRITE64(18, 68),
    FSYNC(74, 82),
    FDATASYNC(75, 83),
    FTRUNCATE(77, 46),
    FALLOCATE(285, 47),
    FCHMOD(91, 52),
    FCHMODAT(268, 53),
    FCHOWN(93, 55),
    RENAMEAT2(316, 276),
    LINKAT(265, 37),
    UNLINKAT(263, 35),
    MKDIRAT(258, 34),
    STATX(332, 291),
    LSEEK(8, 62),
    GETDENTS64(217, 61),
    FCNTL(72, 25),
    FLOCK(73, 32),
    FSTATFS(138, 44),
    IOCTL(16, 29),
    UMASK(95, 166),
    READ(0, 63),
    WRITE(1, 64),
    PPOLL(271, 73),
    SOCKET(41, 198),
    BIND(49, 200),
    LISTEN(50, 201),
    ACCEPT4(288, 242),
    CONNECT(42, 203),
    SENDTO(44, 206),
    RECVFROM(45, 207),
    SHUTDOWN(48, 210),
    GETSOCKOPT(55, 209),
    EPOLL_CREATE1(291, 20),
    EPOLL_CTL(233, 21),
    EPOLL_PWAIT(281, 22),
    EVENTFD2(290, 19),
    INOTIFY_INIT1(294, 26),
    INOTIFY_ADD_WATCH(254, 27),
    GETTID(186, 178),
    GETGROUPS(115, 158),
    SETGROUPS(116, 159),
    GETRESUID(118, 148),
    SETRESUID(117, 147),
    GETRESGID(120, 150),
    SETRESGID(119, 149),
    CAPGET(125, 90),
    CAPSET(126, 91),
    PRCTL(157, 167),
    KILL(62, 129),
    CLOCK_GETTIME(228, 113);

    /** True on aarch64, which also numbers some open(2) flags differently. */
    static final boolean AARCH64 = isAarch64();

    private final int x8664;
    private final int aarch64;

    SystemCall(int x8664, int aarch64) {
        this.x8664 = x8664;
        this.aarch64 = aarch64;
    }

    int number() {
        return AARCH64 ? aarch64 : x8664;
    }

    private static boolean isAarch64() {
        String system = System.getProperty("os.name", "");
        String processor = System.getProperty("os.arch", "").toLowerCase(Locale.ROOT);
        if (!system.equals("Linux")) {
            throw new UnsupportedOperationException("Recadero runs on Linux only, not on " + system);
        }
        return switch (processor) {
            case "amd64", "x86_64" -> false;
            case "aarch64", "arm64" -> true;
            default ->
                throw new UnsupportedOperationException(
                        "Recadero runs on x86_64 and aarch64 processors only, not on " + processor);
        };
    }
}
