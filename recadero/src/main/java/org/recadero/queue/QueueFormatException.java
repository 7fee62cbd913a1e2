package org.recadero.queue;

import java.io.IOException;

/** The queue was written by a version that this one does not understand: nothing is touched. The message names it. */
public final class QueueFormatException extends IOException {
    private static final long serialVersionUID = 1L;

    public QueueFormatException(String message) {
        super(message);
    }
}
