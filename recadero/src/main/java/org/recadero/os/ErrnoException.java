package org.recadero.os;

import java.io.IOException;

/** A system call that failed: its errno and the system's text for it, e.g. {@code open file: Is a directory}. */
public final class ErrnoException extends IOException {
    private static final long serialVersionUID = 1L;
    private final int errno;

    public ErrnoException(int errno, String message) {
        super(message);
        this.errno = errno;
    }

    /**
     * The usual form.
     *
     * @param what the call and what it was done to; control characters in it are replaced
     */
    static ErrnoException of(int errno, String what) {
        StringBuilder line = new StringBuilder(what.length() + 40);
        what.chars().limit(1_000).forEach(c -> line.append(Character.isISOControl(c) ? '?' : (char) c));
        return new ErrnoException(
                errno, line.append(": ").append(Errno.text(errno)).toString());
    }

    /** One of {@link Errno}'s numbers. */
    public int errno() {
        return errno;
    }

    /** The system's words alone, as in Postfix's log lines: {@code Is a directory}. */
    public String text() {
        return Errno.text(errno);
    }
}
