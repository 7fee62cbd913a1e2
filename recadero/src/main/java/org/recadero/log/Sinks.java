package org.recadero.log;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/** Where the log can go: a file, a stream. Safe for all threads. Postfix: MAILLOG_README. */
public final class Sinks {
    private static final DateTimeFormatter STAMP = DateTimeFormatter.ofPattern("MMM dd HH:mm:ss", Locale.ROOT);

    private Sinks() {}

    /** Lines as syslogd writes them, to a stream. */
    public static LogSink stream(PrintStream out, String host) {
        return (severity, tag, text) -> out.println(line(host, tag, text));
    }

    /** The same, appended to a file that is opened for each line, so that it may be rotated at any time. */
    public static LogSink file(Path file, String host, PrintStream otherwise) {
        Object lock = new Object();
        return (severity, tag, text) -> {
            synchronized (lock) {
                byte[] bytes = (line(host, tag, text) + "\n").getBytes(StandardCharsets.UTF_8);
                try {
                    Files.write(file, bytes, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
                } catch (IOException e) {
                    otherwise.println(line(host, tag, text));
                }
            }
        };
    }

    private static String line(String host, String tag, String text) {
        return STAMP.format(LocalDateTime.now(java.time.ZoneId.systemDefault())) + " " + host + " " + tag + "["
                + ProcessHandle.current().pid() + "]: " + text;
    }
}
