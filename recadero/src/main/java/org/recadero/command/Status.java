package org.recadero.command;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.recadero.config.ConfigurationException;
import org.recadero.control.ControlClient;
import org.recadero.control.ControlVerb;
import org.recadero.os.Errno;
import org.recadero.os.ErrnoException;
import org.recadero.os.UnixConnection;
import org.recadero.queue.SegmentLogQueue;
import org.recadero.status.SysExits;

/**
 * {@code recadero status}: how the mail system does, in plain words. Exit status 0: it runs and nothing needs a look; 1: it does
 * not run, or something does.
 */
final class Status {
    private static final Duration PATIENCE = Duration.ofSeconds(5);
    private static final long KILOBYTE = 1024;

    private final Words words;
    private final PrintStream out;
    private final PrintStream err;

    Status(Words words, PrintStream out, PrintStream err) {
        this.words = words;
        this.out = out;
        this.err = err;
    }

    int run(Map<String, String> environment) {
        try {
            return report(MailSystem.of("recadero", Optional.empty(), environment, err));
        } catch (ConfigurationException | IOException e) {
            err.println("recadero: " + e.getMessage());
            return SysExits.CONFIG;
        }
    }

    private int report(MailSystem system) throws IOException {
        ByteArrayOutputStream answer = new ByteArrayOutputStream();
        try (ControlClient client = ControlClient.connect(system.home()).orElse(null)) {
            if (client == null) {
                return down(system);
            }
            client.ask(ControlVerb.STATUS, List.of(), answer, err);
        } catch (ErrnoException e) {
            if (e.errno() == Errno.EACCES) {
                return forStrangers(system);
            }
            throw e;
        }
        return up(answer.toString(StandardCharsets.UTF_8));
    }

    /** Who may not ask may still see whether mail is taken. */
    private int forStrangers(MailSystem system) {
        try (UnixConnection connection =
                UnixConnection.connect(system.home().resolve("submit").toString(), PATIENCE)) {
            connection.readTimeout(PATIENCE);
            out.println(words.text("status-up-for-strangers"));
            return SysExits.OK;
        } catch (IOException e) {
            out.println(words.text("status-down"));
            return 1;
        }
    }

    private int down(MailSystem system) {
        Optional<Long> holder = SegmentLogQueue.holder(system.home());
        if (holder.isPresent()) {
            // SAFETY 15: it starts, stops or hangs
            out.println(words.text("status-no-answer", Long.toString(holder.get())));
        } else {
            out.println(words.text("status-down"));
        }
        return 1;
    }

    private int up(String answer) {
        Map<String, String> values = new HashMap<>();
        List<String> warnings = new ArrayList<>();
        for (String line : answer.lines().toList()) {
            int equals = line.indexOf('=');
            if (line.startsWith("warning=")) {
                warnings.add(line.substring(equals + 1));
            } else if (equals > 0) {
                values.put(line.substring(0, equals), line.substring(equals + 1));
            }
        }
        Duration uptime = Duration.ofSeconds(number(values, "uptime"));
        out.println(words.text(
                "status-up",
                values.getOrDefault("version", "?"),
                values.getOrDefault("pid", "?"),
                Long.toString(uptime.toDays()),
                Long.toString(uptime.toHoursPart()),
                Long.toString(uptime.toMinutesPart())));
        long messages = number(values, "messages");
        if (messages == 0) {
            out.println(words.text("status-queue-empty"));
        } else {
            out.println(words.text(
                    "status-queue",
                    Long.toString(messages),
                    Long.toString((number(values, "bytes") + KILOBYTE - 1) / KILOBYTE),
                    Long.toString(number(values, "held"))));
        }
        out.println(words.text(values.getOrDefault("aot", "").equals("yes") ? "status-cache" : "status-no-cache"));
        for (String warning : warnings) {
            out.println(words.text("status-warning", warning));
        }
        return warnings.isEmpty() ? SysExits.OK : 1;
    }

    private static long number(Map<String, String> values, String name) {
        try {
            return Long.parseLong(values.getOrDefault(name, "0"));
        } catch (NumberFormatException e) {
            return 0;
        }
    }
}
