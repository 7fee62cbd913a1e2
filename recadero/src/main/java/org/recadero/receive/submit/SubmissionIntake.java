package org.recadero.receive.submit;

import java.io.ByteArrayInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import org.recadero.envelope.SubmissionId;
import org.recadero.log.MailLog;
import org.recadero.message.AddressText;
import org.recadero.queue.QueueFullException;
import org.recadero.receive.cleanup.MessageIntake;
import org.recadero.receive.cleanup.NewMessage;
import org.recadero.receive.cleanup.Receipt;
import org.recadero.status.EnhancedStatusCode;

/**
 * The common end of the two ways in, socket and drop folder: checks limits, composes the envelope, hands the content to cleanup
 * and says what became of it. Safe for use by many threads; the calling thread does the work.
 */
public final class SubmissionIntake {
    private final MessageIntake cleanup;
    private final SubmissionComposer composer;
    private final SubmissionLimits limits;
    private final MailLog log;

    public SubmissionIntake(MessageIntake cleanup, SubmissionComposer composer, SubmissionLimits limits, MailLog log) {
        this.cleanup = Objects.requireNonNull(cleanup);
        this.composer = Objects.requireNonNull(composer);
        this.limits = Objects.requireNonNull(limits);
        this.log = Objects.requireNonNull(log);
    }

    /** What became of a submission. */
    sealed interface Verdict {
        /**
         * In the queue, on disk.
         *
         * @param sender as it was given, internal form: who gets the report, where one was asked for
         */
        record Taken(String sender) implements Verdict {}

        /**
         * Nothing of it is in the queue.
         *
         * @param text what follows {@code sendmail: fatal: }
         * @param forGood trying again cannot help
         */
        record Refused(String text, boolean forGood) implements Verdict {}

        /** The content did not come to its end; nothing of it is in the queue. */
        record Incomplete(IOException cause) implements Verdict {}
    }

    /** Gives the content when all that can be checked before was checked. */
    @FunctionalInterface
    interface ContentSource {
        InputStream open() throws IOException;
    }

    /** Told of warnings before the content is asked for. */
    @FunctionalInterface
    interface WarningListener {
        void warn(String text) throws IOException;
    }

    SubmissionLimits limits() {
        return limits;
    }

    Verdict take(
            SubmissionId id,
            int uid,
            Map<String, String> environment,
            SendmailRequest.Submit submit,
            WarningListener warnings,
            ContentSource source)
            throws IOException {
        SubmissionComposer.Composition composition = composer.compose(id, uid, environment, submit);
        for (String warning : composition.warnings()) {
            warnings.warn(warning);
        }
        return switch (composition.result()) {
            case SubmissionComposer.Result.Refused refused -> new Verdict.Refused(refused.text(), refused.forGood());
            case SubmissionComposer.Result.Ready ready ->
                admit(
                        uid,
                        ready.message(),
                        composition.who(),
                        submit.isOnlyAQuestion() ? () -> probe(ready.message()) : source);
        };
    }

    /** Stands for the mail that a user asks about with {@code sendmail -bv}. */
    private static InputStream probe(NewMessage message) {
        StringBuilder text = new StringBuilder();
        text.append("From: ").append(AddressText.external(message.sender())).append("\nSubject: probe\nTo:");
        text.append(message.recipients().stream()
                .map(r -> "\t" + AddressText.external(r.address()))
                .collect(Collectors.joining(",\n")));
        return new ByteArrayInputStream(text.append('\n').toString().getBytes(StandardCharsets.UTF_8));
    }

    /** Takes what comes by SMTP from a user's program ({@code sendmail -bs}) as that user's: his rights, limits and name. */
    MessageIntake asMessages(int uid) {
        return (message, content) -> {
            switch (composer.asUsers(uid, message).result()) {
                case SubmissionComposer.Result.Refused refused -> {
                    EnhancedStatusCode code = EnhancedStatusCode.of(refused.forGood() ? 5 : 4, 7, 1);
                    return new Receipt.Refused(code, refused.text());
                }
                case SubmissionComposer.Result.Ready ready -> {
                    Receipt.Refused tooMuch = new Receipt.Refused(
                            EnhancedStatusCode.of(4, 3, 1), "too much mail of this user is waiting");
                    SubmissionLimits.Admission admission = limits.admit(uid).orElse(null);
                    if (admission == null) {
                        return tooMuch;
                    }
                    try (admission) {
                        return cleanup.accept(ready.message(), admission.counted(content));
                    } catch (IOException e) {
                        if (admission.wasExceeded()) {
                            return tooMuch;
                        }
                        throw e;
                    }
                }
            }
        };
    }

    private Verdict admit(int uid, NewMessage message, String who, ContentSource source) throws IOException {
        SubmissionLimits.Admission admission = limits.admit(uid).orElse(null);
        if (admission == null) {
            return new Verdict.Refused(who + ": too much mail of this user is waiting", false);
        }
        try (admission) {
            Watched content = new Watched(admission.counted(source.open()));
            try {
                return verdict(who, message.sender(), cleanup.accept(message, content));
            } catch (QueueFullException e) {
                return new Verdict.Refused(who + ": " + e.getMessage(), false);
            } catch (IOException e) {
                if (admission.wasExceeded()) {
                    return new Verdict.Refused(who + ": too much mail of this user is waiting", false);
                }
                if (content.failed) {
                    return new Verdict.Incomplete(e);
                }
                log.warning("pickup", "uid=" + Integer.toUnsignedString(uid) + ": queue file write error: " + e);
                return new Verdict.Refused(who + ": queue file write error", false);
            } catch (RuntimeException e) {
                // a bug must not lose mail: the client keeps it (CONVENTIONS: at a stage's edge it becomes class 4)
                log.error("pickup", "uid=" + Integer.toUnsignedString(uid) + ": " + e);
                return new Verdict.Refused(who + ": internal software error", false);
            }
        }
    }

    private static Verdict verdict(String who, String sender, Receipt receipt) {
        return switch (receipt) {
            case Receipt.Queued queued -> new Verdict.Taken(sender);
            case Receipt.Discarded discarded -> new Verdict.Taken(sender);
            case Receipt.Refused refused ->
                new Verdict.Refused(who + ": " + refused.text(), refused.code().statusClass() == 5);
        };
    }

    /** Remembers whether reading failed, so that trouble with the content is told from trouble with the queue. */
    private static final class Watched extends FilterInputStream {
        private boolean failed;

        Watched(InputStream in) {
            super(in);
        }

        @Override
        public int read() throws IOException {
            try {
                return super.read();
            } catch (IOException e) {
                failed = true;
                throw e;
            }
        }

        @Override
        public int read(byte[] into, int offset, int length) throws IOException {
            try {
                return super.read(into, offset, length);
            } catch (IOException e) {
                failed = true;
                throw e;
            }
        }
    }

    /** Lines for a client's standard error, each ended by LF. */
    static String lines(List<String> diagnostics) {
        StringBuilder text = new StringBuilder();
        diagnostics.forEach(line -> text.append(line).append('\n'));
        return text.toString();
    }
}
