package org.recadero.receive.smtpd;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.recadero.envelope.QueueId;
import org.recadero.receive.cleanup.NewMessage;
import org.recadero.receive.cleanup.Receipt;
import org.recadero.receive.smtpd.Step.NextAction;
import org.recadero.smtp.RecipientOptions;
import org.recadero.smtp.Reply;
import org.recadero.smtp.Verb;

/**
 * What the server answers to a command, and what it does then: a function of state, command and policy, so that every dialogue is
 * a test without sockets. RFC 5321; the words are Postfix 3.7.11's.
 */
final class SmtpMachine {
    private static final Reply OK = Reply.of(250, "2.0.0", "Ok");
    private static final Reply BYE = Reply.of(221, "2.0.0", "Bye");
    private static final Reply NOT_IMPLEMENTED = Reply.of(502, "5.5.1", "Error: command not implemented");
    private static final Reply NEED_RCPT = Reply.of(503, "5.5.1", "Error: need RCPT command");
    private static final Reply GOODBYE = Reply.of(221, "2.7.0", "Error: I can break rules, too. Goodbye.");

    /** Bound for what the log shows of a line that is no command, in characters. */
    private static final int SHOWN = 100;

    private SmtpMachine() {}

    /** The greeting, or a refusal. */
    static Step connect(SessionState state, Policy policy) {
        return switch (policy.connect(state)) {
            case Verdict.Accepted accepted ->
                Step.reply(state, Reply.of(220, policy.rules().banner()), accepted.notes());
            case Verdict.Refused refused -> refusal(state.refused(), refused);
        };
    }

    /** One command. */
    static Step step(SessionState state, Verb verb, Policy policy) {
        if (state.refusedAtConnect() && !(verb instanceof Verb.Quit)) {
            return Step.reply(
                            state,
                            Reply.of(
                                    503,
                                    "5.7.0",
                                    "Error: access denied for " + state.peer().nameAndAddress()))
                    .with(Optional.of(SessionTrouble.POLICY));
        }
        if (policy.rules().tls() == SessionRules.TlsLevel.ENCRYPT && state.tls().isEmpty() && !mayPrecedeTls(verb)) {
            return Step.reply(state, Reply.of(530, "5.7.0", "Must issue a STARTTLS command first"));
        }
        return switch (verb) {
            case Verb.Helo helo -> helo(state, helo, policy);
            case Verb.Ehlo ehlo -> ehlo(state, ehlo, policy);
            case Verb.StartTls startTls -> startTls(state, policy);
            case Verb.Auth auth -> auth(state, auth, policy);
            case Verb.Mail mail -> mail(state, mail, policy);
            case Verb.Rcpt rcpt -> rcpt(state, rcpt, policy);
            case Verb.Data data -> data(state, policy);
            case Verb.Bdat bdat -> bdat(state, bdat, policy);
            case Verb.Rset rset -> Step.reply(state.withoutTransaction(), OK);
            case Verb.Noop noop -> Step.reply(state, OK);
            case Verb.Vrfy vrfy -> vrfy(state, vrfy, policy);
            case Verb.Etrn etrn -> etrn(state, etrn);
            case Verb.Quit quit -> new Step(state, Optional.of(BYE), new NextAction.Close(), List.of());
            case Verb.Unknown unknown -> unknown(state, unknown, policy.rules());
            case Verb.Malformed malformed -> malformed(state, malformed, policy);
        };
    }

    /** RFC 3207 §4. */
    private static boolean mayPrecedeTls(Verb verb) {
        return switch (verb.name()) {
            case HELO, EHLO, STARTTLS, NOOP, QUIT -> true;
            // a line that is no command is told so
            case UNKNOWN -> true;
            case AUTH, MAIL, RCPT, DATA, BDAT, RSET, VRFY, ETRN -> false;
        };
    }

    private static Step refusal(SessionState state, Verdict.Refused refused) {
        Reply reply = refused.reply();
        // Postfix: access(5): 421 and 521 end the session
        boolean ends = reply.code() == 421 || reply.code() == 521;
        return new Step(
                state,
                Optional.of(reply),
                ends ? new NextAction.Close() : new NextAction.ReadCommand(),
                refused.notes(),
                refused.trouble());
    }

    private static Step helo(SessionState state, Verb.Helo helo, Policy policy) {
        SessionState greeted = state.greeted(helo.host(), false);
        return switch (policy.helo(state.greeted(helo.host(), state.extended()), "HELO")) {
            case Verdict.Accepted accepted ->
                Step.reply(greeted, Reply.of(250, policy.rules().host()), accepted.notes());
            case Verdict.Refused refused -> refusal(state.withoutTransaction(), refused);
        };
    }

    private static Step ehlo(SessionState state, Verb.Ehlo ehlo, Policy policy) {
        SessionState greeted = state.greeted(ehlo.host(), true);
        return switch (policy.helo(state.greeted(ehlo.host(), state.extended()), "EHLO")) {
            case Verdict.Accepted accepted ->
                Step.reply(greeted, Reply.lines(250, capabilities(greeted, policy.rules())), accepted.notes());
            case Verdict.Refused refused -> refusal(state.withoutTransaction(), refused);
        };
    }

    /**
     * RFC 5321 §4.1.1.1. {@code DIFFERS}: Postfix lists ETRN, which this server does not serve.
     */
    private static List<String> capabilities(SessionState state, SessionRules rules) {
        List<String> lines = new ArrayList<>();
        lines.add(rules.host());
        add(lines, rules, "PIPELINING", "");
        add(lines, rules, "SIZE", rules.sizeLimitBytes() > 0 ? " " + rules.sizeLimitBytes() : "");
        if (!rules.vrfyDisabled()) {
            add(lines, rules, "VRFY", "");
        }
        if (rules.tls() != SessionRules.TlsLevel.NONE && state.tls().isEmpty()) {
            add(lines, rules, "STARTTLS", "");
        }
        List<String> mechanisms = rules.mechanisms(state);
        if (!mechanisms.isEmpty()) {
            add(lines, rules, "AUTH", " " + String.join(" ", mechanisms));
            if (rules.sasl().brokenClients()) {
                add(lines, rules, "AUTH", "=" + String.join(" ", mechanisms));
            }
        }
        for (String keyword : List.of("ENHANCEDSTATUSCODES", "8BITMIME", "DSN")) {
            add(lines, rules, keyword, "");
        }
        if (rules.utf8()) {
            add(lines, rules, "SMTPUTF8", "");
        }
        add(lines, rules, "CHUNKING", "");
        return lines;
    }

    private static void add(List<String> lines, SessionRules rules, String keyword, String argument) {
        if (rules.offers(keyword)) {
            lines.add(keyword + argument);
        }
    }

    private static Step startTls(SessionState state, Policy policy) {
        if (state.tls().isPresent()) {
            return Step.reply(state, Reply.of(554, "5.5.1", "Error: TLS already active"));
        }
        if (policy.rules().tls() == SessionRules.TlsLevel.NONE
                || !policy.rules().offers("STARTTLS")) {
            return Step.reply(state, NOT_IMPLEMENTED);
        }
        return new Step(
                state, Optional.of(Reply.of(220, "2.0.0", "Ready to start TLS")), new NextAction.StartTls(), List.of());
    }

    private static Step auth(SessionState state, Verb.Auth auth, Policy policy) {
        SessionRules rules = policy.rules();
        if (rules.heloRequired() && state.helo().isEmpty()) {
            return Step.reply(state, Reply.of(503, "5.5.1", "Error: send HELO/EHLO first"));
        }
        if (rules.mechanisms(state).isEmpty()) {
            return Step.reply(state, Reply.of(503, "5.5.1", "Error: authentication not enabled"));
        }
        if (state.transaction().isPresent()) {
            return Step.reply(state, Reply.of(503, "5.5.1", "Error: MAIL transaction in progress"));
        }
        if (state.login().isPresent()) {
            return Step.reply(state, Reply.of(503, "5.5.1", "Error: already authenticated"));
        }
        return new Step(
                state,
                Optional.empty(),
                new NextAction.Authenticate(auth.mechanism().toUpperCase(Locale.ROOT), auth.initial()),
                List.of());
    }

    /** What speaks against MAIL before its arguments are looked at. */
    private static Optional<Reply> againstMail(SessionState state, SessionRules rules) {
        if (rules.heloRequired() && state.helo().isEmpty()) {
            return Optional.of(Reply.of(503, "5.5.1", "Error: send HELO/EHLO first"));
        }
        if (state.transaction().isPresent()) {
            return Optional.of(Reply.of(503, "5.5.1", "Error: nested MAIL command"));
        }
        return Optional.empty();
    }

    private static Step mail(SessionState state, Verb.Mail mail, Policy policy) {
        SessionRules rules = policy.rules();
        Optional<Reply> against = againstMail(state, rules);
        if (against.isPresent()) {
            return Step.reply(state, against.get());
        }
        if (mail.options().utf8() && !(rules.utf8() && rules.offers("SMTPUTF8"))) {
            return Step.reply(state, Reply.of(555, "5.5.4", "Unsupported option: SMTPUTF8"));
        }
        if ((mail.options().returnFull().isPresent()
                        || mail.options().envelopeId().isPresent())
                && !rules.offers("DSN")) {
            return Step.reply(state, Reply.of(501, "5.5.4", "DSN support is disabled"));
        }
        SessionState begun = state.with(Transaction.of(mail.sender(), mail.options()));
        return switch (policy.mail(begun)) {
            case Verdict.Refused refused -> refusal(state, refused);
            case Verdict.Accepted accepted -> {
                Optional<Reply> tooBig = tooBig(mail.options().sizeBytes(), rules);
                if (tooBig.isPresent()) {
                    List<Note> notes = new ArrayList<>(accepted.notes());
                    notes.add(policy.refusal(begun, "MAIL", tooBig.get(), ""));
                    yield Step.reply(state, tooBig.get(), notes).with(Optional.of(SessionTrouble.POLICY));
                }
                SessionState taken = ordered(begun, accepted.orders());
                yield Step.reply(taken, Reply.of(250, "2.1.0", "Ok"), accepted.notes());
            }
        };
    }

    static SessionState ordered(SessionState state, NewMessage.Orders orders) {
        return state.transaction().isPresent()
                ? state.with(state.transaction().get().with(orders))
                : state;
    }

    /** RFC 1870 §6.1. */
    private static Optional<Reply> tooBig(long sizeBytes, SessionRules rules) {
        if (sizeBytes == Long.MAX_VALUE) {
            return Optional.of(Reply.of(552, "5.3.4", "Message size exceeds file system imposed limit"));
        }
        return rules.sizeLimitBytes() > 0 && sizeBytes > rules.sizeLimitBytes()
                ? Optional.of(Reply.of(552, "5.3.4", "Message size exceeds fixed limit"))
                : Optional.empty();
    }

    private static Optional<Reply> againstRcpt(SessionState state) {
        if (state.transaction().isEmpty()) {
            return Optional.of(Reply.of(503, "5.5.1", "Error: need MAIL command"));
        }
        return state.transaction().get().chunksBegun()
                ? Optional.of(Reply.of(503, "5.5.1", "Error: RCPT after BDAT"))
                : Optional.empty();
    }

    private static Step rcpt(SessionState state, Verb.Rcpt rcpt, Policy policy) {
        Optional<Reply> against = againstRcpt(state);
        if (against.isPresent() || state.transaction().isEmpty()) {
            return Step.reply(state, against.orElse(NEED_RCPT));
        }
        Transaction transaction = state.transaction().get();
        if (!rcpt.options().equals(RecipientOptions.NONE) && !policy.rules().offers("DSN")) {
            return Step.reply(state, Reply.of(501, "5.5.4", "Error: DSN support is disabled"));
        }
        if (transaction.recipients().size() >= policy.rules().recipientLimit()) {
            return Step.reply(
                            state.with(transaction.withOvershoot()),
                            Reply.of(452, "4.5.3", "Error: too many recipients"))
                    .with(Optional.empty());
        }
        Verdict verdict = policy.rcpt(state, rcpt.recipient());
        return switch (verdict) {
            case Verdict.Refused refused -> refusal(state, refused);
            case Verdict.Accepted accepted -> {
                NewMessage.Recipient recipient = new NewMessage.Recipient(
                        rcpt.recipient(),
                        Optional.empty(),
                        rcpt.options().notifyOn(),
                        rcpt.options().originalRecipient());
                yield Step.reply(
                        state.with(transaction.with(recipient).with(accepted.orders())),
                        Reply.of(250, "2.1.5", "Ok"),
                        accepted.notes());
            }
        };
    }

    /** What speaks against content. */
    private static Optional<Reply> againstContent(SessionState state) {
        if (state.transaction().isEmpty()) {
            return Optional.of(NEED_RCPT);
        }
        return state.transaction().get().recipients().isEmpty()
                ? Optional.of(Reply.of(554, "5.5.1", "Error: no valid recipients"))
                : Optional.empty();
    }

    private static Optional<Reply> againstData(SessionState state) {
        return state.transaction().isPresent() && state.transaction().get().chunksBegun()
                ? Optional.of(Reply.of(503, "5.5.1", "Error: DATA after BDAT"))
                : againstContent(state);
    }

    private static Step data(SessionState state, Policy policy) {
        Optional<Reply> against = againstData(state);
        if (against.isPresent()) {
            return Step.reply(state, against.get());
        }
        return switch (policy.data(state, "DATA")) {
            case Verdict.Refused refused -> refusal(state, refused);
            case Verdict.Accepted accepted ->
                new Step(
                        ordered(state, accepted.orders()),
                        Optional.of(Reply.of(354, "End data with <CR><LF>.<CR><LF>")),
                        new NextAction.TakeData(),
                        accepted.notes());
        };
    }

    private static Step bdat(SessionState state, Verb.Bdat bdat, Policy policy) {
        if (!policy.rules().offers("CHUNKING")) {
            return new Step(
                    state,
                    Optional.of(Reply.of(521, "5.5.1", "Error: command not implemented")),
                    new NextAction.Close(),
                    List.of());
        }
        Optional<Reply> against = againstContent(state);
        if (against.isPresent() || state.transaction().isEmpty()) {
            // RFC 3030 §2: the octets follow whatever the answer is. Postfix: no RCPT after a refused BDAT either
            SessionState now = state.transaction().isPresent()
                    ? state.with(state.transaction().get().withChunks())
                    : state;
            return new Step(now, against, new NextAction.SkipChunk(bdat.sizeBytes()), List.of());
        }
        Transaction transaction = state.transaction().get();
        NextAction take = new NextAction.TakeChunk(bdat.sizeBytes(), bdat.last());
        if (transaction.chunksBegun()) {
            return new Step(state, Optional.empty(), take, List.of());
        }
        return switch (policy.data(state, "BDAT")) {
            case Verdict.Refused refused ->
                new Step(
                        state,
                        Optional.of(refused.reply()),
                        new NextAction.SkipChunk(bdat.sizeBytes()),
                        refused.notes(),
                        refused.trouble());
            case Verdict.Accepted accepted -> {
                SessionState taken = state.with(transaction.withChunks().with(accepted.orders()));
                yield new Step(taken, Optional.empty(), take, accepted.notes());
            }
        };
    }

    private static Step vrfy(SessionState state, Verb.Vrfy vrfy, Policy policy) {
        if (policy.rules().vrfyDisabled()) {
            return Step.reply(state, Reply.of(502, "5.5.1", "VRFY command is disabled"));
        }
        return switch (policy.vrfy(state, vrfy.address())) {
            case Verdict.Accepted accepted -> Step.reply(state, Reply.of(252, "2.0.0", vrfy.given()), accepted.notes());
            case Verdict.Refused refused -> refusal(state, refused);
        };
    }

    private static Step etrn(SessionState state, Verb.Etrn etrn) {
        Note note = Note.warning(
                "reject: ETRN " + etrn.domain() + "... from " + state.peer().nameAndAddress());
        return Step.reply(state, Reply.of(459, "<" + etrn.domain() + ">: service unavailable"), List.of(note))
                .with(Optional.empty());
    }

    private static Step unknown(SessionState state, Verb.Unknown unknown, SessionRules rules) {
        String word = unknown.word().toUpperCase(Locale.ROOT);
        if (word.isEmpty()) {
            return Step.reply(state, Reply.of(500, "5.5.2", "Error: bad syntax"));
        }
        if (rules.noopCommands().contains(word)) {
            return Step.reply(state, OK);
        }
        char first = word.charAt(0);
        boolean letter = first >= 'A' && first <= 'Z';
        if (rules.forbiddenCommands().contains(word)
                || (rules.forbidsNonLetters() && !letter)
                || isHeaderField(unknown.line())) {
            String shown =
                    unknown.line().substring(0, Math.min(SHOWN, unknown.line().length()));
            return new Step(
                    state,
                    Optional.of(GOODBYE),
                    new NextAction.Close(),
                    List.of(Note.warning("non-SMTP command from " + state.peer().nameAndAddress() + ": " + shown)));
        }
        return Step.reply(state, Reply.of(500, "5.5.2", "Error: command not recognized"));
    }

    /** Mail content where commands should be: somebody talks through a proxy, or smuggles. */
    private static boolean isHeaderField(String line) {
        int i = 0;
        while (i < line.length() && line.charAt(i) > ' ' && line.charAt(i) < 0x7f && line.charAt(i) != ':') {
            i++;
        }
        int name = i;
        while (i < line.length() && (line.charAt(i) == ' ' || line.charAt(i) == '\t')) {
            i++;
        }
        return name > 0 && i < line.length() && line.charAt(i) == ':';
    }

    private static Step malformed(SessionState state, Verb.Malformed malformed, Policy policy) {
        Optional<Reply> before = switch (malformed.name()) {
            case MAIL -> againstMail(state, policy.rules());
            case RCPT -> againstRcpt(state);
            case DATA -> againstData(state);
            case VRFY ->
                policy.rules().vrfyDisabled()
                        ? Optional.of(Reply.of(502, "5.5.1", "VRFY command is disabled"))
                        : Optional.<Reply>empty();
            case HELO, EHLO, STARTTLS, AUTH, BDAT, RSET, NOOP, ETRN, QUIT, UNKNOWN -> Optional.<Reply>empty();
        };
        Reply reply = before.orElse(malformed.reply());
        List<Note> notes = before.isEmpty() && malformed.illegalAddress().isPresent()
                ? List.of(Note.warning("Illegal address syntax from "
                        + state.peer().nameAndAddress() + " in " + malformed.name() + " command: "
                        + malformed.illegalAddress().get()))
                : List.of();
        NextAction next = reply.code() == 521 ? new NextAction.Close() : new NextAction.ReadCommand();
        return new Step(state, Optional.of(reply), next, notes);
    }

    /**
     * The reply to a message, and the state after it.
     *
     * @param trouble for the postmaster
     */
    record AfterContent(SessionState state, Reply reply, Optional<SessionTrouble> trouble) {}

    private static Optional<SessionTrouble> trouble(Receipt receipt) {
        return switch (receipt) {
            case Receipt.Queued queued -> Optional.empty();
            case Receipt.Discarded discarded -> Optional.empty();
            case Receipt.Refused refused ->
                switch (refused.code().subject()) {
                    // Postfix: a message that is too big is nobody's trouble
                    case 3 ->
                        refused.code().statusClass() == 4 ? Optional.of(SessionTrouble.RESOURCE) : Optional.empty();
                    case 6, 7 -> Optional.of(SessionTrouble.POLICY);
                    default -> Optional.empty();
                };
        };
    }

    /** After the content: what cleanup said. */
    static AfterContent afterContent(SessionState state, Receipt receipt, Optional<Long> chunkedBytes) {
        Reply reply = switch (receipt) {
            case Receipt.Queued queued -> queuedAs(queued.id(), chunkedBytes);
            case Receipt.Discarded discarded -> queuedAs(discarded.id(), chunkedBytes);
            case Receipt.Refused refused -> {
                int code = switch (refused.code().toString()) {
                    case "5.3.4" -> 552;
                    case "4.3.1" -> 452;
                    default -> refused.code().statusClass() == 4 ? 451 : 550;
                };
                String text = refused.ownWords() ? refused.text() : "Error: " + refused.text();
                yield new Reply(code, Optional.of(refused.code()), List.of(text));
            }
        };
        return new AfterContent(state.withoutTransaction(), reply, trouble(receipt));
    }

    private static Reply queuedAs(QueueId id, Optional<Long> chunkedBytes) {
        String bytes = chunkedBytes.map(n -> n + " bytes ").orElse("");
        return Reply.of(250, "2.0.0", "Ok: " + bytes + "queued as " + id);
    }
}
