package org.recadero.queue;

import java.io.IOException;
import java.util.Optional;

/** Another process has the queue. */
public final class QueueLockedException extends IOException {
    private static final long serialVersionUID = 1L;
    private final long pid;

    QueueLockedException(Optional<Long> pid) {
        super(pid.map(p -> "the queue is in use by process " + p).orElse("the queue is in use by another process"));
        this.pid = pid.orElse(0L);
    }

    /** The process that has it; empty where that cannot be found. */
    public Optional<Long> pid() {
        return pid == 0 ? Optional.empty() : Optional.of(pid);
    }
}
