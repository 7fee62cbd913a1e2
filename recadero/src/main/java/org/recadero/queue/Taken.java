package org.recadero.queue;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.recadero.envelope.SubmissionId;

/**
 * The submissions that were taken lately, the newest {@code most} of them, so that one that comes again is not taken twice. They
 * are written at the start of each segment. Guarded by the queue's lock.
 */
final class Taken {
    private final int most;
    private final LinkedHashMap<SubmissionId, Long> ids = new LinkedHashMap<>();

    Taken(int most) {
        this.most = most;
    }

    @Nullable
    Long find(SubmissionId submission) {
        return ids.get(submission);
    }

    void add(SubmissionId submission, long id) {
        ids.put(submission, id);
        if (ids.size() > most) {
            ids.pollFirstEntry();
        }
    }

    void encode(Encoder out) {
        out.count(ids.size());
        for (Map.Entry<SubmissionId, Long> entry : ids.entrySet()) {
            out.id(entry.getKey()).i64(entry.getValue());
        }
    }

    void decode(Decoder in) throws IOException {
        int count = in.count();
        for (int i = 0; i < count; i++) {
            add(in.id(), in.i64());
        }
    }
}
