package org.recadero.daemon;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.recadero.config.Product;
import org.recadero.os.ProcessFacts;
import org.recadero.queue.Queue;

/** What {@code recadero status} asks: {@code name=value} lines, what mail waits for and the queue's warnings last, each as {@code warning=…}. */
record DaemonStatus(Queue queue, List<String> waits, ProcessFacts process, Duration uptime) {
    String text() {
        Queue.Stats stats = queue.stats();
        StringBuilder text = new StringBuilder(256);
        line(text, "version", Product.VERSION);
        line(text, "pid", Integer.toString(process.pid()));
        line(text, "uptime", Long.toString(uptime.toSeconds()));
        line(text, "messages", Long.toString(stats.messages()));
        line(text, "held", Long.toString(stats.held()));
        line(text, "bytes", Long.toString(stats.bytes()));
        line(text, "segments", Integer.toString(stats.segments()));
        line(text, "aot", usesAotCache() ? "yes" : "no");
        for (String wait : waits) {
            line(text, "warning", wait.replace('\n', ' '));
        }
        for (String warning : stats.warnings()) {
            line(text, "warning", warning.replace('\n', ' '));
        }
        return text.toString();
    }

    private static void line(StringBuilder text, String name, String value) {
        text.append(name).append('=').append(value).append('\n');
    }

    /** The JVM maps the cache where it uses it. */
    private static boolean usesAotCache() {
        try (var maps = Files.lines(Path.of("/proc/self/maps"))) {
            return maps.anyMatch(map -> map.endsWith(".aot"));
        } catch (IOException | java.io.UncheckedIOException e) {
            return false;
        }
    }
}
