package org.recadero.deliver.smtp;

import java.io.IOException;
import java.io.InputStream;
import java.util.Objects;
import java.util.Optional;
import org.recadero.config.Configuration;
import org.recadero.config.ConfigurationException;
import org.recadero.envelope.QueueId;
import org.recadero.envelope.ReversePath;
import org.recadero.log.MailLog;
import org.recadero.message.MessageScanner;
import org.recadero.receive.cleanup.CheckAction;
import org.recadero.receive.cleanup.CheckedContent;
import org.recadero.receive.cleanup.ContentChecks;
import org.recadero.route.Relay;
import org.recadero.route.Router;
import org.recadero.table.Octets;

/**
 * What a service's check tables change in content that leaves, each time it leaves; the message in the queue stays as it is. Rows see
 * fields as they lie in the queue; addresses in what they leave are rewritten after that ({@link Outbound}). Immutable.
 *
 * <p>Only orders about the content are obeyed; REJECT, HOLD and the like get a warning. A table that does not answer ends the
 * connection before the message's end: it waits. Postfix: smtp(8), {@code smtp_header_checks}, {@code smtp_mime_header_checks}, {@code
 * smtp_nested_header_checks}, {@code smtp_body_checks} and their kin for LMTP.
 */
final class OutgoingChecks {
    /** Bound for what a log line shows of a field or line, in bytes. Postfix: smtp(8). */
    private static final int SHOWN = 60;

    /** A table did not answer. */
    static final class TableFailed extends IOException {
        private static final long serialVersionUID = 1L;

        TableFailed(String text) {
            super(text);
        }
    }

    private final ContentChecks checks;
    private final Outbound outbound;
    private final String program;
    private final MailLog log;

    /**
     * @param configuration of the service, LMTP's laid over SMTP's
     * @param program its name in the log
     */
    OutgoingChecks(
            Protocol protocol,
            Configuration configuration,
            Router.TableOpener open,
            Outbound outbound,
            String program,
            MailLog log)
            throws ConfigurationException {
        this.checks = ContentChecks.ofClient(protocol.program(), configuration, open);
        this.outbound = Objects.requireNonNull(outbound);
        this.program = Objects.requireNonNull(program);
        this.log = Objects.requireNonNull(log);
    }

    /** Whether content leaves as it is, but for addresses. */
    boolean isEmpty() {
        return checks.isEmpty();
    }

    /**
     * Sends content.
     *
     * @param content as it lies in the queue, or with its 8-bit parts encoded (Postfix: rows see the encoded text)
     * @throws TableFailed where a check table does not answer
     * @throws Outbound.TableFailed where a table for addresses does not
     * @throws IOException where it cannot be read or sent
     */
    void copy(QueueId id, InputStream content, Relay relay, ReversePath account, WireContent wire) throws IOException {
        CheckedContent checked = new CheckedContent(checks, new Orders(id), new Leaving(relay, account, wire));
        MessageScanner scanner =
                new MessageScanner(checks.limits().fieldBytes(), checks.limits().lineBytes(), false, checked);
        byte[] buffer = new byte[16 << 10];
        for (int got = content.read(buffer); got >= 0; got = content.read(buffer)) {
            scanner.feed(buffer, 0, got);
        }
        scanner.finish();
        checked.finish();
        wire.finish();
    }

    /** Writes what rows leave. */
    private final class Leaving implements CheckedContent.Writer {
        private final WireContent wire;
        private final Optional<MessageScanner.Listener> addresses;

        Leaving(Relay relay, ReversePath account, WireContent wire) {
            this.wire = wire;
            this.addresses =
                    outbound.changes(relay) ? Optional.of(outbound.fields(relay, account, wire)) : Optional.empty();
        }

        @Override
        public void field(byte[] bytes, int nameLength, int length, boolean truncated) throws IOException {
            if (addresses.isPresent()) {
                addresses.get().field(bytes, nameLength, length, truncated);
            } else {
                wire.write(bytes, 0, length);
                wire.write('\n');
            }
        }

        @Override
        public void dropped(byte[] bytes, int nameLength, boolean cut) {
            // hops were counted when it came in
        }

        @Override
        public void headerEnd() {
            // the empty line is the body's first
        }

        @Override
        public void body(byte[] bytes, int offset, int length) throws IOException {
            wire.write(bytes, offset, length);
        }
    }

    /** Obeys rows, and says so in the log. */
    private final class Orders implements CheckedContent.Orders {
        private final QueueId id;

        Orders(QueueId id) {
            this.id = id;
        }

        @Override
        public boolean settled() {
            return false;
        }

        @Override
        public CheckAction parse(String value, String parameter, boolean inHeader) {
            return CheckAction.parseOutgoing(value, parameter, inHeader);
        }

        @Override
        public void note(CheckAction action, String context, String content) {
            switch (action) {
                case CheckAction.Log(String kind, String text) -> line(kind, context, content, text);
                case CheckAction.Prepend(String text) -> line("prepend", context, content, text);
                case CheckAction.Replace(String text) -> line("replace", context, content, text);
                case CheckAction.Drop(Optional<String> text) ->
                    text.ifPresent(words -> line("strip", context, content, words));
                case CheckAction.Unusable(String warning) -> log.warning(program, Octets.printable(warning));
                case CheckAction.Nothing none -> {}
                // parseOutgoing gives none of these
                case CheckAction.Reject other -> unexpected(other);
                case CheckAction.Discard other -> unexpected(other);
                case CheckAction.Hold other -> unexpected(other);
                case CheckAction.Pass other -> unexpected(other);
                case CheckAction.Redirect other -> unexpected(other);
                case CheckAction.Bcc other -> unexpected(other);
                case CheckAction.Filter other -> unexpected(other);
            }
        }

        private static void unexpected(CheckAction action) {
            throw new IllegalArgumentException("not for content that leaves: " + action);
        }

        private void line(String action, String context, String content, String text) {
            String shown = content.substring(0, Math.min(content.length(), SHOWN));
            log.info(
                    program,
                    id + ": " + action + ": " + context + " " + Octets.printable(shown)
                            + (text.isEmpty() ? "" : ": " + Octets.printable(text)));
        }

        @Override
        public void failed(ContentChecks.Table table, String context, String reason) throws TableFailed {
            log.warning(program, id + ": " + table.parameter() + " lookup error: " + reason);
            throw new TableFailed(table.parameter() + " lookup error");
        }

        @Override
        public void tooDeep(String field) {
            // what came in once goes out
        }
    }
}
