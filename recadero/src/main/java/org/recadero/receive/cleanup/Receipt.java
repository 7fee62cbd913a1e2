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

    /** Taken and thrown away, because a check says so: the client is told what he is told of a message that was queued. */
    record Discarded(QueueId id, long sizeBytes) implements Receipt {
        public Discarded {
            Objects.requireNonNull(id);
        }
    }

    /**
     * Not taken, and nothing of it is in the queue.
     *
     * @param code class 4: may be tried again; class 5: never
     * @param text for the client
     * @param ownWords whether an administrator's row chose the words, which then stand alone
     */
    record Refused(EnhancedStatusCode code, String text, boolean ownWords) implements Receipt {
        public Refused(EnhancedStatusCode code, String text) {
            this(code, text, false);
        }

        public Refused {
            Objects.requireNonNull(code);
            Objects.requireNonNull(text);
        }
    }
}
