package org.recadero.receive.cleanup;

import java.util.LinkedHashSet;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.recadero.envelope.QueueId;
import org.recadero.log.MailLog;
import org.recadero.status.EnhancedStatusCode;
import org.recadero.table.Octets;

/**
 * What the checks found in one message, and the log lines about it. Used by one thread; the lines are written at once, since there
 * may be one for each line of a message.
 *
 * <p>Postfix: cleanup(8).
 */
final class Findings implements CheckedContent.Orders {
    /** Bound for what a log line shows of a field or line, in bytes. */
    private static final int SHOWN = 200;

    /** What a log line says of the message, and what must stand above it in the log. */
    interface Subject {
        /** Called before each line. */
        void announce();

        /** {@code from localhost[127.0.0.1]; from=<a@example.net> to=<b@example.net>}. */
        String description();

        /** {@code proto=ESMTP helo=<c>} behind a blank; empty for what did not come by SMTP. */
        String session();
    }

    /** Why a message is not taken. */
    record Rejection(EnhancedStatusCode code, String text) {
        Rejection {
            Objects.requireNonNull(code);
            Objects.requireNonNull(text);
        }
    }

    private final QueueId id;
    private final MailLog log;
    private final Subject subject;
    private final Set<String> copies = new LinkedHashSet<>();
    private Optional<Rejection> rejection = Optional.empty();
    private Optional<String> redirect = Optional.empty();
    private Optional<String> trouble = Optional.empty();
    private boolean discarded;
    private boolean held;
    private boolean passed;

    Findings(QueueId id, MailLog log, Subject subject) {
        this.id = Objects.requireNonNull(id);
        this.log = Objects.requireNonNull(log);
        this.subject = Objects.requireNonNull(subject);
    }

    @Override
    public boolean settled() {
        return passed || discarded || rejection.isPresent() || redirect.isPresent() || trouble.isPresent();
    }

    /** Why it is not taken. */
    Optional<Rejection> rejection() {
        return rejection;
    }

    /** Why nobody can say whether it may be taken: it must wait. */
    Optional<String> trouble() {
        return trouble;
    }

    /** Whether it is taken and thrown away. */
    boolean discarded() {
        return discarded;
    }

    boolean held() {
        return held;
    }

    /** Who gets it in the place of all its recipients. */
    Optional<String> redirect() {
        return redirect;
    }

    /** Who gets a copy. */
    Set<String> copies() {
        return copies;
    }

    @Override
    public CheckAction parse(String value, String parameter, boolean inHeader) {
        return CheckAction.parse(value, parameter, inHeader);
    }

    @Override
    public void failed(ContentChecks.Table table, String context, String reason) {
        failed(table.parameter() + " map lookup problem (" + reason + ")");
    }

    private void failed(String text) {
        trouble = trouble.or(() -> Optional.of(text));
    }

    /** Postfix: mime_state(3). */
    @Override
    public void tooDeep(String field) {
        String text = "MIME nesting exceeds safety limit";
        subject.announce();
        log.info("cleanup", id + ": reject: mime-error " + text + ": " + shown(field) + " " + subject.description());
        rejection = rejection.or(() -> Optional.of(new Rejection(EnhancedStatusCode.of(5, 6, 0), text)));
    }

    /** Postfix: cleanup(8), message_reject_characters. */
    void unwanted(String line) {
        if (!settled()) {
            note(
                    new CheckAction.Reject(EnhancedStatusCode.of(5, 7, 1), "disallowed character", Optional.empty()),
                    "content",
                    line);
        }
    }

    /** Notes what an action means for the message as a whole, and logs it. */
    @Override
    public void note(CheckAction action, String context, String content) {
        switch (action) {
            case CheckAction.Nothing none -> {}
            case CheckAction.Reject(EnhancedStatusCode code, String text, Optional<String> warning) -> {
                warning.ifPresent(this::warn);
                String words = Octets.text(text);
                rejection = Optional.of(new Rejection(code, words));
                line("reject", context, content, code + (text.isEmpty() ? "" : " " + text));
            }
            case CheckAction.Discard(String text) -> {
                discarded = true;
                line("discard", context, content, text);
            }
            case CheckAction.Hold(String text) -> {
                if (!held) {
                    held = true;
                    line("hold", context, content, text);
                }
            }
            case CheckAction.Pass(String text) -> {
                passed = true;
                line("pass", context, content, text);
            }
            case CheckAction.Redirect(String address) -> {
                redirect = Optional.of(address);
                line("redirect", context, content, Octets.of(address));
            }
            case CheckAction.Bcc(String address) -> {
                copies.add(address);
                line("bcc", context, content, Octets.of(address));
            }
            case CheckAction.Prepend(String text) -> line("prepend", context, content, text);
            case CheckAction.Replace(String text) -> line("replace", context, content, text);
            case CheckAction.Drop(Optional<String> text) ->
                text.ifPresent(words -> line("strip", context, content, words));
            case CheckAction.Log(String kind, String text) -> line(kind, context, content, text);
            case CheckAction.Filter(String where) -> {
                // DIFFERS: there are no content filters: unfiltered it does not pass
                line("filter", context, content, where);
                failed("FILTER " + Octets.text(where) + " is not supported");
            }
            case CheckAction.Unusable(String warning) -> warn(warning);
        }
    }

    private void warn(String octets) {
        subject.announce();
        log.warning("cleanup", Octets.printable(octets));
    }

    private void line(String action, String context, String content, String text) {
        subject.announce();
        log.info(
                "cleanup",
                id + ": " + action + ": " + context + " " + shown(content) + " " + subject.description()
                        + subject.session() + (text.isEmpty() ? "" : ": " + Octets.printable(text)));
    }

    private static String shown(String octets) {
        return Octets.printable(octets.substring(0, Math.min(octets.length(), SHOWN)));
    }
}
