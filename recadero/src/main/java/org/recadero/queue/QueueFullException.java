package org.recadero.queue;

import java.io.IOException;

/** Nothing can be taken in now; what is queued stays. The message says why. */
public final class QueueFullException extends IOException {
    private static final long serialVersionUID = 1L;

    public QueueFullException(String message) {
        super(message);
    }
}
