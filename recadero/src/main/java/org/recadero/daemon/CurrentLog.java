package org.recadero.daemon;

import java.util.concurrent.atomic.AtomicLong;
import org.recadero.log.LogSink;

/** The log's place, which a reload may change under everybody's hands. */
final class CurrentLog implements LogSink {
    private final AtomicLong lines = new AtomicLong();
    private volatile LogSink sink;

    CurrentLog(LogSink sink) {
        this.sink = sink;
    }

    void become(LogSink next) {
        sink = next;
    }

    /** How many lines were written so far: whatever the mail system does is logged. */
    long lines() {
        return lines.get();
    }

    @Override
    public void write(Severity severity, String tag, String text) {
        lines.incrementAndGet();
        sink.write(severity, tag, text);
    }
}
