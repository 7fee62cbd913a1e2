package org.recadero.log;

/** Where finished log lines go: syslog, maillog_file or standard output. Never throws and never blocks for long. */
public interface LogSink {
    /** Syslog's severities that are used (RFC 5424 §6.2.1). */
    enum Severity {
        FATAL(2),
        ERROR(3),
        WARNING(4),
        INFO(6);

        private final int code;

        Severity(int code) {
            this.code = code;
        }

        /** RFC 5424 §6.2.1's number. */
        public int code() {
            return code;
        }
    }

    /**
     * @param tag {@code postfix/local}
     * @param text without control characters
     */
    void write(Severity severity, String tag, String text);
}
