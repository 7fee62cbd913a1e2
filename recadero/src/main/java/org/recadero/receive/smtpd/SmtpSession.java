package org.recadero.receive.smtpd;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Supplier;
import org.recadero.envelope.SubmissionId;
import org.recadero.log.MailLog;
import org.recadero.net.sasl.server.SaslServer;
import org.recadero.receive.cleanup.MessageIntake;
import org.recadero.receive.cleanup.NewMessage;
import org.recadero.receive.cleanup.Receipt;
import org.recadero.receive.smtpd.Step.NextAction;
import org.recadero.smtp.CommandParser;
import org.recadero.smtp.Reply;
import org.recadero.smtp.Verb;
import org.recadero.smtp.VerbName;
import org.recadero.status.EnhancedStatusCode;

/**
 * One client from its connection to its end: reads commands, asks {@link SmtpMachine}, does what it says. Runs on a thread of its
 * own (a virtual one). Of a message it holds no more than a buffer.
 *
 * <p>A message counts as taken, and is answered with 250, when cleanup says that it is on disk, never before.
 */
final class SmtpSession {
    private static final String PROGRAM = "smtpd";

    /** Bound for what the log shows of what a client said too early, in octets. */
    private static final int SHOWN = 100;

    /** Bound for one SASL exchange. */
    private static final int MAX_TURNS = 10;

    private static final Reply SYNCHRONIZATION = Reply.of(554, "5.5.0", "Error: SMTP protocol synchronization");

    /**
     * What a session needs.
     *
     * @param sasl empty: no AUTH
     * @param submissionIds random ones
     */
    record Services(
            MessageIntake cleanup,
            MailLog log,
            Optional<SaslServer> sasl,
            Supplier<SubmissionId> submissionIds,
            Pause pause,
            Postmaster postmaster) {
        Services {
            Objects.requireNonNull(cleanup);
            Objects.requireNonNull(log);
            Objects.requireNonNull(sasl);
            Objects.requireNonNull(submissionIds);
            Objects.requireNonNull(pause);
            Objects.requireNonNull(postmaster);
        }
    }

    /** Waits. */
    @FunctionalInterface
    interface Pause {
        void pause(Duration duration) throws InterruptedException;
    }

    /** A refusal for who does too much, and the warning for the log. */
    record TooMuch(Reply reply, String warning) {
        TooMuch {
            Objects.requireNonNull(reply);
            Objects.requireNonNull(warning);
        }
    }

    /** What only the loop asks: counting, and how the message is described. */
    interface Surroundings {
        /** A reply where the client does too much of something. */
        Optional<TooMuch> tooMuch(SessionState state, ClientLimits.Event event);

        /** What Received and the log say of the client. */
        NewMessage.Origin.Network origin(SessionState state, Supplier<NewMessage.Orders> orders);

        /** The connection, for SASL. */
        SaslServer.Situation situation(SessionState state);
    }

    /** A chunked message will not come to its end; the reply was given. */
    private static final class Abandoned extends IOException {
        private static final long serialVersionUID = 1L;
        private final transient NextAction next;

        Abandoned(NextAction next) {
            super("abandoned");
            this.next = next;
        }
    }

    /** Refused when the whole content was there. */
    private static final class RefusedAtEnd extends IOException {
        private static final long serialVersionUID = 1L;
        private final transient Reply reply;

        RefusedAtEnd(Reply reply) {
            super(reply.toString());
            this.reply = reply;
        }
    }

    private final Connection connection;
    private final Policy policy;
    private final Surroundings around;
    private final SessionRules rules;
    private final Services services;
    private final MailLog log;
    private final Wire wire;
    private final CommandCounts counts = new CommandCounts();
    private final Transcript transcript;
    private SessionState state;
    private String where = "CONNECT";
    private int errors;
    private int junk;
    private boolean pipeliningNoted;
    /** Read by the server's closing thread. */
    private volatile boolean busy;

    SmtpSession(Connection connection, SessionState state, Policy policy, Surroundings around, Services services) {
        this.connection = connection;
        this.policy = policy;
        this.around = around;
        this.rules = policy.rules();
        this.transcript = new Transcript(rules.transcript());
        this.services = services;
        this.log = services.log();
        this.wire = new Wire(connection.input(), connection.output());
        this.state = state;
    }

    /** Whether a message is on its way into the queue. */
    boolean isBusy() {
        return busy;
    }

    private String client() {
        return state.peer().nameAndAddress();
    }

    /** Serves until the client goes, or is sent away. The connection is not closed here. */
    void run() {
        log.info(PROGRAM, "connect from " + client());
        try {
            connection.readTimeout(rules.limits().timeout());
            converse();
            wire.flush();
        } catch (SocketTimeoutException e) {
            timedOut();
        } catch (EOFException | SocketException e) {
            log.info(PROGRAM, "lost connection after " + where + " from " + client());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (IOException e) {
            log.info(PROGRAM, "lost connection after " + where + " from " + client() + ": " + e.getMessage());
        }
        log.info(PROGRAM, "disconnect from " + client() + " " + counts);
        transcript.tell(services.postmaster(), client());
    }

    private void timedOut() {
        log.info(PROGRAM, "timeout after " + where + " from " + client());
        try {
            send(Reply.of(421, "4.4.2", rules.host() + " Error: timeout exceeded"));
            wire.flush();
        } catch (IOException e) {
            log.info(PROGRAM, "lost connection after " + where + " from " + client());
        }
    }

    private void converse() throws IOException, InterruptedException {
        Optional<TooMuch> tooMuch = around.tooMuch(state, ClientLimits.Event.CONNECTION);
        if (tooMuch.isPresent()) {
            log.warning(PROGRAM, tooMuch.get().warning());
            send(tooMuch.get().reply());
            return;
        }
        NextAction next = finish(SmtpMachine.connect(state, policy), Optional.empty());
        while (true) {
            try {
                switch (next) {
                    case NextAction.ReadCommand read -> next = command();
                    case NextAction.TakeData take -> next = takeData();
                    case NextAction.TakeChunk chunk ->
                        next = takeChunks(new Verb.Bdat(chunk.sizeBytes(), chunk.last()));
                    case NextAction.SkipChunk skip -> next = skipped(skip);
                    case NextAction.StartTls startTls -> next = startTls();
                    case NextAction.Authenticate authenticate -> next = authenticate(authenticate);
                    case NextAction.Close close -> {
                        return;
                    }
                }
            } catch (Abandoned e) {
                next = e.next;
            }
        }
    }

    /** Reads a command and answers it. */
    private NextAction command() throws IOException, InterruptedException {
        if (errors >= rules.limits().hardErrors()) {
            log.info(PROGRAM, "too many errors after " + where + " from " + client());
            send(Reply.of(421, "4.7.0", rules.host() + " Error: too many errors"));
            return new NextAction.Close();
        }
        if (busy && !wire.hasBuffered()) {
            // the reply to the message is out before the client may be cut off
            wire.flush();
            busy = false;
        }
        Optional<Wire.Line> read = wire.line(rules.lineLimitBytes());
        if (read.isEmpty()) {
            log.info(PROGRAM, "lost connection after " + where + " from " + client());
            return new NextAction.Close();
        }
        Wire.Line line = read.get();
        transcript.said(line.text());
        if (line.cut()) {
            String begin = line.text().substring(0, Math.min(30, line.text().length()));
            log.warning(PROGRAM, client() + ": request longer than " + rules.lineLimitBytes() + ": " + begin + "...");
        }
        if (line.bareNewline() && rules.bareNewline() == SessionRules.BareNewline.REJECT) {
            return bareNewline();
        }
        if (!line.wellFormed() && rules.utf8()) {
            where = "UNKNOWN";
            Reply reply = Reply.of(500, "5.5.2", "Error: bad UTF-8 syntax");
            return finish(Step.reply(state, reply), Optional.of(VerbName.UNKNOWN));
        }
        return obey(CommandParser.parse(line.text(), rules.minUser()));
    }

    private NextAction obey(Verb verb) throws IOException, InterruptedException {
        where = verb.name().name();
        if (verb.name().isJunkWhenRepeated() && junk++ > rules.limits().junkCommands()) {
            errors++;
        }
        if (spokeTooEarly(verb)) {
            return finish(
                    new Step(state, Optional.of(SYNCHRONIZATION), new NextAction.Close(), List.of()),
                    Optional.of(verb.name()));
        }
        Optional<TooMuch> tooMuch = tooMuch(verb);
        if (tooMuch.isPresent()) {
            Note note = Note.warning(tooMuch.get().warning());
            Step refusal = Step.reply(state, tooMuch.get().reply(), List.of(note));
            return finish(refusal.with(Optional.of(SessionTrouble.POLICY)), Optional.of(verb.name()));
        }
        NextAction next = finish(SmtpMachine.step(state, verb, policy), Optional.of(verb.name()));
        if (verb instanceof Verb.Unknown unknown && unknown.word().isEmpty()) {
            // Postfix: an empty line is an error and no command
            counts.forget(VerbName.UNKNOWN);
        }
        return next;
    }

    private Reply bareNewlineReply() {
        int code = rules.bareNewlineCode();
        String enhanced = code < 500 ? "4.5.2" : "5.5.2";
        return Reply.of(code, enhanced, rules.host() + " Error: bare <LF> received");
    }

    private NextAction bareNewline() throws IOException {
        log.info(PROGRAM, "bare <LF> received after " + where + " from " + client());
        send(bareNewlineReply());
        return new NextAction.Close();
    }

    /** RFC 2920 §3.1. Postfix: {@code smtpd_forbid_unauth_pipelining}. */
    private boolean spokeTooEarly(Verb verb) throws IOException {
        boolean mustWait = verb.name().endsGroup() || !state.extended();
        if (verb instanceof Verb.Quit || !mustWait || !wire.hasInput()) {
            return false;
        }
        if (!pipeliningNoted || rules.forbidsUnauthorizedPipelining()) {
            pipeliningNoted = true;
            log.info(
                    PROGRAM,
                    "improper command pipelining after " + where + " from " + client() + ": " + wire.peek(SHOWN));
        }
        return rules.forbidsUnauthorizedPipelining();
    }

    private Optional<TooMuch> tooMuch(Verb verb) {
        return switch (verb) {
            case Verb.Mail mail when state.transaction().isEmpty() -> around.tooMuch(state, ClientLimits.Event.MESSAGE);
            case Verb.Rcpt rcpt
            when state.transaction().isPresent() -> around.tooMuch(state, ClientLimits.Event.RECIPIENT);
            case Verb.Auth auth -> around.tooMuch(state, ClientLimits.Event.LOGIN);
            case Verb other -> Optional.empty();
        };
    }

    /** Takes over what a step says: state, notes, counts, reply. */
    private NextAction finish(Step step, Optional<VerbName> verb) throws IOException, InterruptedException {
        int before = overshoot(state);
        state = step.state();
        step.notes().forEach(this::note);
        step.trouble().ifPresent(transcript::trouble);
        boolean failed = step.reply().filter(Reply::isError).isPresent();
        boolean sentAway = step.next() instanceof NextAction.Close
                && verb.filter(name -> name != VerbName.QUIT).isPresent();
        verb.ifPresent(name -> counts.count(name, !failed && !sentAway));
        boolean excused = overshoot(state) > before && before < rules.overshootLimit();
        if (failed && verb.isPresent() && !excused) {
            errors++;
        }
        if (step.reply().isPresent()) {
            say(step.reply().get());
        }
        return step.next();
    }

    private static int overshoot(SessionState state) {
        return state.transaction().map(Transaction::overshoot).orElse(0);
    }

    private void note(Note note) {
        if (note.isWarning()) {
            log.warning(PROGRAM, note.text());
        } else {
            log.info(PROGRAM, note.text());
        }
    }

    private void send(Reply reply) throws IOException {
        Reply spoken = withFooter(rules.softBounce() ? reply.softened() : reply);
        transcript.answered(spoken);
        wire.reply(spoken);
    }

    private Reply withFooter(Reply reply) {
        return rules.footer().under(reply, () -> state, rules.host(), warning -> log.warning(PROGRAM, warning));
    }

    /** Queues a reply; one that tells of an error comes late where there were many. */
    private void say(Reply reply) throws IOException, InterruptedException {
        Duration sleep = rules.limits().errorSleep();
        if (reply.isError() && errors >= rules.limits().softErrors() && sleep.isPositive()) {
            wire.flush();
            services.pause().pause(sleep);
        }
        send(reply);
    }

    private NextAction takeData() throws IOException, InterruptedException {
        wire.expectContent();
        busy = true;
        DottedContent content = new DottedContent(wire, this::atEnd);
        Reply reply;
        try {
            reply = queue(content, Optional::empty);
            content.drain();
        } catch (IOException e) {
            where = "DATA (" + content.count() + " bytes)";
            if (content.sawLonelyDot()) {
                String text =
                        ": a line with a single dot did not end the data: <CR><LF> must stand before and after it";
                log.warning(PROGRAM, client() + text);
            }
            throw e;
        }
        wire.expectCommands();
        return answered(reply, VerbName.DATA);
    }

    /** Chunks, and the commands between them, up to the last one. */
    private NextAction takeChunks(Verb.Bdat first) throws IOException, InterruptedException {
        wire.expectContent();
        busy = true;
        ChunkedContent content = new ChunkedContent(wire, first, this::nextChunk, this::atEnd);
        Reply reply;
        try {
            reply = queue(content, () -> Optional.of(content.count()));
            content.drainChunk();
        } catch (Abandoned e) {
            busy = false;
            throw e;
        } catch (IOException e) {
            where = "BDAT (" + content.count() + " bytes)";
            throw e;
        }
        wire.expectCommands();
        return answered(reply, VerbName.BDAT);
    }

    private Verb.Bdat nextChunk(long lastSizeBytes) throws IOException {
        try {
            say(Reply.of(250, "2.0.0", "Ok: " + lastSizeBytes + " bytes"));
            while (true) {
                NextAction next = command();
                switch (next) {
                    case NextAction.TakeChunk chunk -> {
                        return new Verb.Bdat(chunk.sizeBytes(), chunk.last());
                    }
                    case NextAction.SkipChunk skip -> ChunkedContent.skip(wire, skip.sizeBytes());
                    case NextAction.ReadCommand read -> {
                        if (state.transaction().isEmpty()) {
                            throw new Abandoned(next);
                        }
                    }
                    case NextAction.TakeData take -> throw new Abandoned(next);
                    case NextAction.StartTls startTls -> throw new Abandoned(next);
                    case NextAction.Authenticate authenticate -> throw new Abandoned(next);
                    case NextAction.Close close -> throw new Abandoned(next);
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Abandoned(new NextAction.Close());
        }
    }

    private NextAction answered(Reply reply, VerbName verb) throws IOException, InterruptedException {
        if (reply.isError()) {
            counts.failed(verb);
            errors++;
        } else {
            // Postfix: a message that is taken makes up for the errors before it: a retriever brings thousands, and
            // some are refused
            errors = 0;
            junk = 0;
        }
        say(reply);
        boolean ends = reply.code() == 421 || reply.code() == 521;
        return ends ? new NextAction.Close() : new NextAction.ReadCommand();
    }

    private NextAction skipped(NextAction.SkipChunk skip) throws IOException {
        wire.expectContent();
        ChunkedContent.skip(wire, skip.sizeBytes());
        return new NextAction.ReadCommand();
    }

    /** The last word before a message goes into the queue. */
    private void atEnd(long sizeBytes, boolean bareNewline) throws IOException {
        if (bareNewline && rules.bareNewline() == SessionRules.BareNewline.REJECT) {
            log.info(PROGRAM, "NOQUEUE: reject: END-OF-MESSAGE from " + client() + ": bare <LF> received");
            throw new RefusedAtEnd(bareNewlineReply());
        }
        if (rules.sizeLimitBytes() > 0 && sizeBytes > rules.sizeLimitBytes()) {
            // the service's own limit may be lower than the one of all mail
            throw new RefusedAtEnd(Reply.of(552, "5.3.4", "Error: message file too big"));
        }
        switch (policy.endOfData(state, sizeBytes)) {
            case Verdict.Accepted accepted -> {
                accepted.notes().forEach(this::note);
                state = SmtpMachine.ordered(state, accepted.orders());
            }
            case Verdict.Refused refused -> {
                refused.notes().forEach(this::note);
                refused.trouble().ifPresent(transcript::trouble);
                throw new RefusedAtEnd(refused.reply());
            }
        }
    }

    /** Hands the message to cleanup; the content may not be at its end afterwards, where it was refused. */
    private Reply queue(InputStream content, Supplier<Optional<Long>> chunkedBytes) throws IOException {
        Transaction transaction =
                state.transaction().orElseThrow(() -> new IllegalStateException("content without a transaction"));
        try {
            Receipt receipt = receipt(transaction, content);
            SmtpMachine.AfterContent after = SmtpMachine.afterContent(state, receipt, chunkedBytes.get());
            state = after.state();
            after.trouble().ifPresent(transcript::trouble);
            return after.reply();
        } catch (RefusedAtEnd e) {
            state = state.withoutTransaction();
            return e.reply;
        }
    }

    private Receipt receipt(Transaction transaction, InputStream content) throws IOException {
        try {
            return services.cleanup().accept(message(transaction), content);
        } catch (RuntimeException e) {
            // a bug must not lose mail: the client keeps it (CONVENTIONS: at a stage's edge it becomes class 4)
            log.error(PROGRAM, client() + ": " + e);
            transcript.trouble(SessionTrouble.SOFTWARE);
            return new Receipt.Refused(EnhancedStatusCode.SYSTEM_TROUBLE, "internal software error");
        }
    }

    /** Those that the end of the data brings too, once it has been read. */
    private NewMessage.Orders orders() {
        return state.transaction().map(Transaction::orders).orElse(NewMessage.Orders.NONE);
    }

    private NewMessage message(Transaction transaction) {
        return new NewMessage(
                services.submissionIds().get(),
                transaction.sender(),
                Optional.empty(),
                transaction.recipients().all(),
                false,
                transaction.options().body(),
                transaction.options().envelopeId(),
                transaction.options().returnFull(),
                List.of(),
                around.origin(state, this::orders));
    }

    /** RFC 3207; command injection (CVE-2011-0411): what came behind the command in the clear is thrown away. */
    private NextAction startTls() throws IOException {
        wire.flush();
        connection.readTimeout(rules.limits().startTlsTimeout());
        SessionState.Encryption encryption;
        try {
            encryption = connection.startTls();
        } catch (SocketTimeoutException e) {
            throw e;
        } catch (IOException e) {
            log.info(PROGRAM, "SSL_accept error from " + client() + ": " + e.getMessage());
            throw new EOFException();
        }
        wire.replace(connection.input(), connection.output());
        connection.readTimeout(rules.limits().timeout());
        state = state.encrypted(encryption);
        if (rules.tlsLogLevel() > 0) {
            log.info(
                    PROGRAM,
                    "Anonymous TLS connection established from " + client() + ": " + encryption.protocol()
                            + " with cipher " + CipherBits.described(encryption.cipher()));
        }
        return new NextAction.ReadCommand();
    }

    /** RFC 4954 §4. */
    private NextAction authenticate(NextAction.Authenticate wanted) throws IOException, InterruptedException {
        String mechanism = wanted.mechanism();
        if (services.sasl().isEmpty() || !rules.mechanisms(state).contains(mechanism)) {
            return loginFailed(mechanism, "Invalid authentication mechanism", false);
        }
        Optional<byte[]> response = Optional.empty();
        if (wanted.initial().isPresent()) {
            String initial = wanted.initial().get();
            response = initial.equals("=") ? Optional.of(new byte[0]) : decoded(initial);
            if (response.isEmpty()) {
                return loginFailed(mechanism, "malformed initial response", false);
            }
        }
        try (SaslServer.Exchange exchange = services.sasl().get().begin(mechanism, around.situation(state))) {
            for (int turn = 0; turn < MAX_TURNS; turn++) {
                switch (exchange.respond(response)) {
                    case SaslServer.Turn.Success success -> {
                        state = state.authenticated(new SessionState.Login(mechanism, success.login()));
                        return done(Reply.of(235, "2.7.0", "Authentication successful"));
                    }
                    case SaslServer.Turn.Failure failure -> {
                        return loginFailed(mechanism, failure.reason(), failure.temporary());
                    }
                    case SaslServer.Turn.Challenge challenge -> {
                        String line = answerTo(challenge);
                        if (line.equals("*")) {
                            log.warning(PROGRAM, client() + ": SASL " + mechanism + " authentication aborted");
                            errors++;
                            counts.failed(VerbName.AUTH);
                            return done(Reply.of(501, "5.7.0", "Authentication aborted"));
                        }
                        response = decoded(line);
                        if (response.isEmpty()) {
                            return loginFailed(mechanism, "malformed response", false);
                        }
                    }
                }
            }
            return loginFailed(mechanism, "too many challenges", false);
        }
    }

    private String answerTo(SaslServer.Turn.Challenge challenge) throws IOException {
        send(Reply.of(334, challenge.base64()));
        Optional<Wire.Line> line = wire.line(rules.saslLineBytes());
        if (line.isEmpty()) {
            throw new EOFException();
        }
        transcript.saidInSecret();
        // a line that is too long is no base64 of anybody's password: cut, it will be refused
        return line.get().text();
    }

    private NextAction done(Reply reply) throws IOException, InterruptedException {
        say(reply);
        return new NextAction.ReadCommand();
    }

    private NextAction loginFailed(String mechanism, String reason, boolean temporary)
            throws IOException, InterruptedException {
        log.warning(PROGRAM, client() + ": SASL " + mechanism + " authentication failed: " + reason);
        counts.failed(VerbName.AUTH);
        errors++;
        transcript.trouble(SessionTrouble.PROTOCOL);
        return done(
                temporary
                        ? Reply.of(454, "4.7.0", "Temporary authentication failure: " + reason)
                        : Reply.of(535, "5.7.8", "Error: authentication failed: " + reason));
    }

    private static Optional<byte[]> decoded(String base64) {
        try {
            return Optional.of(Base64.getDecoder().decode(base64.getBytes(StandardCharsets.ISO_8859_1)));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }
}
