package org.recadero.receive.submit;

import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.recadero.envelope.BodyType;
import org.recadero.envelope.Envelope;
import org.recadero.envelope.Notify;

/** What somebody who called sendmail, mailq or newaliases wants. */
public sealed interface SendmailRequest {
    /**
     * A message is to be queued; it comes on standard input, but for a mere question ({@code -bv}), which reads none.
     *
     * @param sender {@code -f} as it was given, not yet parsed; empty: the caller
     * @param fullName {@code -F}; empty: NAME, else the user database
     * @param recipients from the command line as they were given, not yet parsed
     * @param recipientsFromHeader {@code -t}
     * @param dotEndsInput neither {@code -i} nor {@code -oi} was given
     * @param notifyOn {@code -N}; empty: the default
     * @param gateway {@code -G}
     * @param trace {@code -v}: a report of the first attempt is wanted; {@code -bv}: only a report of what would become of it
     */
    record Submit(
            Optional<String> sender,
            Optional<String> fullName,
            List<String> recipients,
            boolean recipientsFromHeader,
            boolean dotEndsInput,
            BodyType body,
            Set<Notify> notifyOn,
            Optional<String> envelopeId,
            Optional<Envelope.Return> returnFull,
            boolean gateway,
            Optional<Envelope.Trace> trace)
            implements SendmailRequest {
        public Submit {
            Objects.requireNonNull(sender);
            Objects.requireNonNull(fullName);
            recipients = List.copyOf(recipients);
            Objects.requireNonNull(body);
            notifyOn = Set.copyOf(notifyOn);
            Objects.requireNonNull(envelopeId);
            Objects.requireNonNull(returnFull);
            Objects.requireNonNull(trace);
        }

        /**
         * What sendmail prints where a report was asked for. Postfix: sendmail(1), {@code -bv}, {@code -v}.
         *
         * @param to the sender
         */
        public Optional<String> announcement(String to) {
            return trace.map(t -> "Mail Delivery Status Report will be mailed to <" + Printable.of(to) + ">.\n");
        }

        /** Whether there is no message: only what would become of one is asked. */
        public boolean isOnlyAQuestion() {
            return trace.equals(Optional.of(Envelope.Trace.VERIFY));
        }
    }

    /** {@code mailq}, {@code -bp}: list the queue. */
    record ListQueue() implements SendmailRequest {}

    /**
     * {@code newaliases}, {@code -bi}, {@code -I}: build the alias database.
     *
     * @param aliasDatabase {@code -oA}; empty: {@code alias_database}
     */
    record InitAliases(Optional<String> aliasDatabase) implements SendmailRequest {}

    /** {@code -q}: try all mail now. */
    record Flush() implements SendmailRequest {}

    /** {@code -qI}: try one message now; the id as it was given. */
    record FlushId(String id) implements SendmailRequest {}

    /** {@code -qR}: try the mail for one destination now. */
    record FlushSite(String site) implements SendmailRequest {}

    /** {@code -bd}, {@code -bl}: start the mail system. */
    record StartDaemon() implements SendmailRequest {}

    /** {@code -bs}: SMTP on standard input and output, as the calling user. */
    record StandAlone() implements SendmailRequest {}

    /** Nothing is to be done, successfully: {@code -bh}, {@code -bH}, {@code -q30m}. */
    record Nothing() implements SendmailRequest {}

    /**
     * The command line is wrong; exit status 75, as for all fatal errors of sendmail.
     *
     * @param text what follows {@code sendmail: fatal: }
     */
    record Fatal(String text) implements SendmailRequest {}
}
