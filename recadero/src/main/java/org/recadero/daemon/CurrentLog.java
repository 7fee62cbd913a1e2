package org.recadero.daemon;

import org.recadero.log.LogSink;

/** The log's place, which a reload may change under everybody's hands. */
final class CurrentLog implements LogSink {
    private volatile LogSink sink;

    CurrentLog(LogSink sink) {
        this.sink = sink;
    }

    void become(LogSink next) {
        sink = next;
    }

    @Override
    public void write(Severity severity, String tag, String text) {
        sink.write(severity, tag, text);
    }
}
