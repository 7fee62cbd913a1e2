package org.recadero.status;

/** The exit statuses of {@code sysexits.h} that mail programs speak. */
public final class SysExits {
    public static final int OK = 0;
    public static final int USAGE = 64;
    public static final int DATA_ERROR = 65;
    public static final int NO_INPUT = 66;
    public static final int NO_USER = 67;
    public static final int NO_HOST = 68;
    public static final int UNAVAILABLE = 69;
    public static final int SOFTWARE = 70;
    public static final int OS_ERROR = 71;
    public static final int OS_FILE = 72;
    public static final int CANNOT_CREATE = 73;
    public static final int IO_ERROR = 74;
    public static final int TEMPORARY_FAILURE = 75;
    public static final int PROTOCOL = 76;
    public static final int NO_PERMISSION = 77;
    public static final int CONFIG = 78;

    private SysExits() {}
}
