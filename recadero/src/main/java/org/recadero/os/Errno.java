package org.recadero.os;

import java.util.List;

/**
 * The errno values of Linux (asm-generic: the same on x86_64 and aarch64) that are told apart somewhere, and the words for all
 * of them.
 *
 * <p>The words are those of the GNU C library in English, whatever the locale: they stand in Postfix's log lines and bounces,
 * which programs read. One line below is one number, from 0 on.
 */
public final class Errno {
    public static final int EPERM = 1;
    public static final int ENOENT = 2;
    public static final int ESRCH = 3;
    public static final int EINTR = 4;
    public static final int EIO = 5;
    public static final int ENXIO = 6;
    public static final int EBADF = 9;
    public static final int EAGAIN = 11;
    public static final int ENOMEM = 12;
    public static final int EACCES = 13;
    public static final int EBUSY = 16;
    public static final int EEXIST = 17;
    public static final int EXDEV = 18;
    public static final int ENODEV = 19;
    public static final int ENOTDIR = 20;
    public static final int EISDIR = 21;
    public static final int EINVAL = 22;
    public static final int ENFILE = 23;
    public static final int EMFILE = 24;
    public static final int ENOTTY = 25;
    public static final int ETXTBSY = 26;
    public static final int EFBIG = 27;
    public static final int ENOSPC = 28;
    public static final int EROFS = 30;
    public static final int EMLINK = 31;
    public static final int EPIPE = 32;
    public static final int ERANGE = 34;
    public static final int ENAMETOOLONG = 36;
    public static final int ENOSYS = 38;
    public static final int ENOTEMPTY = 39;
    public static final int ELOOP = 40;
    public static final int EOVERFLOW = 75;
    public static final int EMSGSIZE = 90;
    public static final int EOPNOTSUPP = 95;
    public static final int EADDRINUSE = 98;
    public static final int ECONNABORTED = 103;
    public static final int ECONNRESET = 104;
    public static final int ENOBUFS = 105;
    public static final int ENOTCONN = 107;
    public static final int ETIMEDOUT = 110;
    public static final int ECONNREFUSED = 111;
    public static final int EINPROGRESS = 115;
    public static final int ESTALE = 116;
    public static final int EDQUOT = 122;

    private static final List<String> TEXTS = """
            Success
            Operation not permitted
            No such file or directory
            No such process
            Interrupted system call
            Input/output error
            No such device or address
            Argument list too long
            Exec format error
            Bad file descriptor
            No child processes
            Resource temporarily unavailable
            Cannot allocate memory
            Permission denied
            Bad address
            Block device required
            Device or resource busy
            File exists
            Invalid cross-device link
            No such device
            Not a directory
            Is a directory
            Invalid argument
            Too many open files in system
            Too many open files
            Inappropriate ioctl for device
            Text file busy
            File too large
            No space left on device
            Illegal seek
            Read-only file system
            Too many links
            Broken pipe
            Numerical argument out of domain
            Numerical result out of range
            Resource deadlock avoided
            File name too long
            No locks available
            Function not implemented
            Directory not empty
            Too many levels of symbolic links

            No message of desired type
            Identifier removed
            Channel number out of range
            Level 2 not synchronized
            Level 3 halted
            Level 3 reset
            Link number out of range
            Protocol driver not attached
            No CSI structure available
            Level 2 halted
            Invalid exchange
            Invalid request descriptor
            Exchange full
            No anode
            Invalid request code
            Invalid slot

            Bad font file format
            Device not a stream
            No data available
            Timer expired
            Out of streams resources
            Machine is not on the network
            Package not installed
            Object is remote
            Link has been severed
            Advertise error
            Srmount error
            Communication error on send
            Protocol error
            Multihop attempted
            RFS specific error
            Bad message
            Value too large for defined data type
            Name not unique on network
            File descriptor in bad state
            Remote address changed
            Can not access a needed shared library
            Accessing a corrupted shared library
            .lib section in a.out corrupted
            Attempting to link in too many shared libraries
            Cannot exec a shared library directly
            Invalid or incomplete multibyte or wide character
            Interrupted system call should be restarted
            Streams pipe error
            Too many users
            Socket operation on non-socket
            Destination address required
            Message too long
            Protocol wrong type for socket
            Protocol not available
            Protocol not supported
            Socket type not supported
            Operation not supported
            Protocol family not supported
            Address family not supported by protocol
            Address already in use
            Cannot assign requested address
            Network is down
            Network is unreachable
            Network dropped connection on reset
            Software caused connection abort
            Connection reset by peer
            No buffer space available
            Transport endpoint is already connected
            Transport endpoint is not connected
            Cannot send after transport endpoint shutdown
            Too many references: cannot splice
            Connection timed out
            Connection refused
            Host is down
            No route to host
            Operation already in progress
            Operation now in progress
            Stale file handle
            Structure needs cleaning
            Not a XENIX named type file
            No XENIX semaphores available
            Is a named type file
            Remote I/O error
            Disk quota exceeded
            No medium found
            Wrong medium type
            Operation canceled
            Required key not available
            Key has expired
            Key has been revoked
            Key was rejected by service
            Owner died
            State not recoverable
            Operation not possible due to RF-kill
            Memory page has hardware error
            """.lines().toList();

    private Errno() {}

    /** strerror(3)'s English words; {@code Unknown error 4711} for a number without a name. */
    public static String text(int errno) {
        String known = errno >= 0 && errno < TEXTS.size() ? TEXTS.get(errno) : "";
        return known.isEmpty() ? "Unknown error " + errno : known;
    }
}
