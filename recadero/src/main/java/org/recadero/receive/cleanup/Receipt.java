package org.recadero.receive.cleanup;

import java.util.Objects;
import org.recadero.envelope.QueueId;
import org.recadero.status.EnhancedStatusCode;

/** What cleanup answers. */
public sealed interface Receipt {
    /** On disk. */
    record Queued(QueueId id, long sizeBytes) implements Receipt {
        public Queued {
            Objects.requireNonNull(id);
        }
    }

    /**
     * Not taken, and nothing of it is in the queue.
     *
     * @param code class 4: may be tried again; class 5: never
     * @param text for the client
     */
    record Refused(EnhancedStatusCode code, String text) implements Receipt {
        public Refused {
            Objects.requireNonNull(code);
            Objects.requireNonNull(text);
        }
    }
}
