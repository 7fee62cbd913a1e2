package org.recadero.daemon;

import java.nio.file.Path;
import org.recadero.config.Configuration;
import org.recadero.config.Parameters;
import org.recadero.log.LogSink;
import org.recadero.log.Sinks;
import org.recadero.os.SyslogSocket;

/** Where a configuration wants the log. Postfix: MAILLOG_README, {@code maillog_file}. */
public final class Logging {

    private Logging() {}

    public static LogSink sink(Configuration configuration) {
        String file = configuration.get(Parameters.MAILLOG_FILE);
        String host = configuration.get(Parameters.MYHOSTNAME);
        String shortName = host.indexOf('.') < 0 ? host : host.substring(0, host.indexOf('.'));
        if (file.equals("/dev/stdout")) {
            return Sinks.stream(System.out, shortName);
        }
        if (!file.isEmpty()) {
            return Sinks.file(Path.of(file), shortName, System.err);
        }
        SyslogSocket socket = new SyslogSocket("/dev/log", configuration.get(Parameters.SYSLOG_FACILITY));
        return (severity, tag, text) -> socket.send(severity.code(), tag, text);
    }
}
