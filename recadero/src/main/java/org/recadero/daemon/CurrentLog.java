package org.recadero.daemon;

import java.util.concurrent.atomic.AtomicLong;
import org.recadero.log.BufferedSink;
import org.recadero.log.LogSink;

/** The log's place, which a reload may change under everybody's hands. */
final class CurrentLog implements LogSink, AutoCloseable {
    private final AtomicLong lines = new AtomicLong();
    private volatile BufferedSink sink;

    CurrentLog(LogSink sink) {
        this.sink = new BufferedSink(sink);
    }

    void become(LogSink next) {
        BufferedSink before = sink;
        sink = new BufferedSink(next);
        before.close();
    }

    /** Returns when all lines are written. */
    @Override
    public void close() {
        sink.close();
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
