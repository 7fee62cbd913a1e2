package org.recadero.receive.smtpd;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.recadero.config.ConfigurationException;
import org.recadero.envelope.SubmissionId;
import org.recadero.net.sasl.server.PasswordCheck;
import org.recadero.net.sasl.server.PlainServer;
import org.recadero.net.sasl.server.SaslServer;
import org.recadero.queue.Queue;
import org.recadero.queue.QueuedMessage;
import org.recadero.queue.RecipientState;

/**
 * Any bytes said to an SMTP session: what comes of them is looked through. The first byte chooses a configuration, the others are
 * what the client sends, before it goes. What stands behind a {@link #HANDSHAKE} is sent within TLS, if the server begins it.
 *
 * <p>{@link SmtpFuzzTest} makes the bytes from a seed. Jazzer may make them too (CONTRIBUTING.md): it calls {@link
 * #fuzzerTestOneInput}.
 */
public final class SmtpFuzz implements AutoCloseable {
    /** A session that takes longer hangs. */
    private static final Duration PATIENCE = Duration.ofSeconds(40);

    /** A client begins TLS: the first byte of its hello (RFC 8446 §5.1). */
    static final byte HANDSHAKE = 22;

    /** Asked for by VRFY, it stands in the reply. */
    static final String ECHO = "eco@localhost";

    private static final Pattern REPLY = Pattern.compile("[2-5][0-9]{2}[ -][\\x20-\\x7e\\x80-\\x{10ffff}]*");
    private static final Pattern QUEUED = Pattern.compile("250 2\\.0\\.0 Ok: (?:[0-9]+ bytes )?queued as ([0-9A-F]+)");
    private static final Set<String> OWN_DOMAINS =
            Set.of("localhost", "example.net", "cliente.example.net", "localhost.example.net", "[127.0.0.1]");

    private static final String CLASSES =
            "check_sender_access inline:{{x@example.org=REJECT}}, warn_if_reject reject_unknown_sender_domain";

    /** What the same words mean under different settings. */
    private static final List<Map<String, String>> VARIANTS = List.of(
            Map.of(),
            Map.of(
                    "smtpd_delay_reject", "no",
                    "smtpd_helo_required", "yes",
                    "smtpd_client_restrictions", "warn_if_reject reject_unknown_client_hostname",
                    "smtpd_helo_restrictions",
                            "reject_invalid_helo_hostname, warn_if_reject reject_unknown_helo_hostname",
                    "smtpd_sender_restrictions", "reject_non_fqdn_sender, reject_unknown_sender_domain",
                    "smtpd_data_restrictions", "reject_multi_recipient_bounce",
                    "smtpd_forbid_bare_newline", "reject",
                    "strict_rfc821_envelopes", "yes"),
            Map.of(
                    "soft_bounce", "yes",
                    "smtpd_forbid_unauth_pipelining", "no",
                    "smtpd_recipient_limit", "3",
                    "message_size_limit", "300",
                    "smtpd_junk_command_limit", "3",
                    "smtpd_hard_error_limit", "5"),
            Map.of(
                    "notify_classes", "policy, protocol, resource, software",
                    "smtpd_restriction_classes", "some",
                    "some", CLASSES,
                    "smtpd_recipient_restrictions",
                            "check_recipient_access inline:{{usuario+a@=BCC root@localhost},{usuario+b@=REDIRECT root@localhost},"
                                    + "{usuario+c@=HOLD},{usuario+d@=DISCARD},{usuario+e@=PREPEND X-A: b},{usuario+f@=some}},"
                                    + "permit_mynetworks, reject_unauth_destination",
                    "smtpd_end_of_data_restrictions",
                            "check_sender_access inline:{{b@=DISCARD},{c@=HOLD},{d@=REJECT}}"),
            Map.of(
                    "smtpd_sasl_auth_enable", "yes",
                    "broken_sasl_auth_clients", "yes",
                    "smtpd_sasl_response_limit", "400",
                    "smtpd_forbid_unauth_pipelining", "no"),
            Map.of(
                    "smtpd_sasl_auth_enable", "yes",
                    "smtpd_tls_security_level", "may",
                    "smtpd_tls_auth_only", "yes",
                    "smtpd_helo_required", "yes",
                    "smtpd_forbid_unauth_pipelining", "no"));

    private static final int DISCARDING = 3;
    static final int WITH_LOGINS = 4;
    static final int WITH_TLS = 5;

    /** Who may log in, with {@code secreto}; {@code tarde}'s password cannot be checked now. Notes what was asked. */
    private static final class Logins implements SaslServer {
        private final SaslServer plain = new PlainServer(this::check);
        private boolean right;
        private boolean inClear;

        private PasswordCheck.Answer check(String login, String password) {
            if (login.equals("tarde")) {
                return PasswordCheck.Answer.NOT_NOW;
            }
            boolean known = login.equals("pepe") && password.equals("secreto");
            right |= known;
            return known ? PasswordCheck.Answer.RIGHT : PasswordCheck.Answer.WRONG;
        }

        @Override
        public List<Mechanism> mechanisms() throws IOException {
            return plain.mechanisms();
        }

        @Override
        public Exchange begin(String mechanism, Situation situation) {
            inClear |= !situation.encrypted();
            return plain.begin(mechanism, situation);
        }
    }

    /** One configuration, opened once. */
    private record Machine(SmtpFixture fixture, ServiceSettings settings) {}

    /**
     * What was seen so far.
     *
     * @param queued messages that were taken
     * @param logins sessions in which somebody logged in
     * @param encrypted sessions that went on within TLS
     */
    record Figures(long dialogues, long replies, long queued, long logins, long encrypted) {
        Figures and(Figures more) {
            return new Figures(
                    dialogues + more.dialogues,
                    replies + more.replies,
                    queued + more.queued,
                    logins + more.logins,
                    encrypted + more.encrypted);
        }
    }

    private final List<Machine> machines = new ArrayList<>();
    private Figures figures = new Figures(0, 0, 0, 0, 0);
    private long submissions;

    SmtpFuzz(Path folder) {
        try {
            for (int i = 0; i < VARIANTS.size(); i++) {
                Map<String, String> settings = new java.util.HashMap<>(VARIANTS.get(i));
                settings.put("inet_interfaces", "127.0.0.1");
                SmtpFixture fixture = new SmtpFixture(folder.resolve("v" + i), settings);
                machines.add(new Machine(fixture, fixture.serviceSettings(Optional.of(new Logins()))));
            }
        } catch (ConfigurationException e) {
            throw new AssertionError(e);
        }
    }

    static int variants() {
        return VARIANTS.size();
    }

    Figures figures() {
        return figures;
    }

    /** What is wrong with a session; empty: nothing. */
    Optional<String> run(byte[] input) throws InterruptedException, IOException {
        int variant = input.length == 0 ? 0 : (input[0] & 0xff) % machines.size();
        byte[] said = input.length == 0 ? input : Arrays.copyOfRange(input, 1, input.length);
        Machine machine = machines.get(variant);
        machine.fixture().log.clear();
        machine.fixture().told.clear();
        List<String> replies = new ArrayList<>();
        Logins logins = new Logins();
        Optional<String> wrong = talk(machine, said, logins, replies);
        if (wrong.isEmpty() && variant == WITH_TLS) {
            wrong = againstTls(said, logins, replies);
        }
        if (wrong.isEmpty()) {
            wrong = lookThrough(machine.fixture(), replies, logins, variant == DISCARDING);
        }
        return wrong.map(text ->
                text + "\nvariant " + variant + ", said " + HexFormat.of().formatHex(said) + "\n"
                        + new String(said, StandardCharsets.ISO_8859_1) + "\nreplies " + replies + "\nlog "
                        + machine.fixture().log);
    }

    private Optional<String> talk(Machine machine, byte[] said, Logins logins, List<String> replies)
            throws InterruptedException {
        MemoryConnection connection = new MemoryConnection();
        Peer peer = SmtpServer.PeerNames.peer(InetAddress.ofLiteral("192.0.2.9"), 4711, new FakeNames(), true);
        Access access = new Access(
                machine.settings(),
                new FakeNames(),
                new ClientLimits(InstantSource.fixed(Instant.EPOCH)),
                peer,
                new Access.Door("smtp", InetAddress.getLoopbackAddress()));
        SmtpFixture fixture = machine.fixture();
        SmtpSession.Services services = new SmtpSession.Services(
                fixture.cleanup(),
                fixture.mailLog,
                Optional.of(logins),
                () -> new SubmissionId(8, ++submissions),
                duration -> {},
                fixture);
        int clear = clearLength(said);
        connection.send(Arrays.copyOf(said, clear));
        if (clear < said.length) {
            connection.sendInTls(Arrays.copyOfRange(said, clear + 1, said.length));
        }
        connection.leave();
        List<Throwable> thrown = new ArrayList<>();
        Thread session = Thread.ofVirtual()
                .uncaughtExceptionHandler((thread, e) -> thrown.add(e))
                .start(() -> {
                    try (connection) {
                        new SmtpSession(connection, SessionState.of(peer), access, access, services).run();
                    }
                });
        if (!session.join(PATIENCE)) {
            return Optional.of("hangs at " + Arrays.toString(session.getStackTrace()));
        }
        for (Optional<String> line = connection.line(); line.isPresent(); line = connection.line()) {
            replies.add(line.get());
        }
        return thrown.isEmpty() ? Optional.empty() : Optional.of("throws " + thrown.getFirst());
    }

    /** How much is said in the clear. */
    private static int clearLength(byte[] said) {
        int length = 0;
        while (length < said.length && said[length] != HANDSHAKE) {
            length++;
        }
        return length;
    }

    /** RFC 3207 §4.2: what stood behind STARTTLS in the clear is not answered, and who said EHLO before it says it again. */
    private static Optional<String> againstTls(byte[] said, Logins logins, List<String> replies) {
        if (logins.inClear) {
            return Optional.of("asks for a password in the clear");
        }
        int ready = replies.indexOf("220 2.0.0 Ready to start TLS");
        if (ready < 0) {
            return Optional.empty();
        }
        List<String> within = replies.subList(ready + 1, replies.size()).stream()
                .filter(line -> line.length() > 3 && line.charAt(3) == ' ')
                .toList();
        String inTls =
                new String(said, clearLength(said), said.length - clearLength(said), StandardCharsets.ISO_8859_1);
        if (!inTls.contains("eco") && within.stream().anyMatch(line -> line.contains(ECHO))) {
            return Optional.of("answers what stood behind STARTTLS in the clear");
        }
        if (within.size() > inTls.chars().filter(c -> c == '\n').count() + 1) {
            return Optional.of("answers more than was said within TLS");
        }
        for (String line : within) {
            if (line.startsWith("250 ") && !line.startsWith("250 2.")) {
                break;
            }
            if (line.startsWith("250 2.1.") || line.startsWith("235 ")) {
                return Optional.of("forgot not who had said hello: " + line);
            }
        }
        return Optional.empty();
    }

    private Optional<String> lookThrough(SmtpFixture fixture, List<String> replies, Logins logins, boolean mayDiscard)
            throws IOException {
        boolean loggedIn = replies.stream().anyMatch(line -> line.startsWith("235 "));
        if (loggedIn && !logins.right) {
            return Optional.of("lets somebody in who gave no password");
        }
        for (String line : replies) {
            if (!REPLY.matcher(line).matches()) {
                return Optional.of("no reply: " + line);
            }
        }
        if (!fixture.errors.isEmpty()) {
            return Optional.of("logs " + fixture.errors);
        }
        Set<String> promised = new TreeSet<>();
        for (String line : replies) {
            Matcher queued = QUEUED.matcher(line);
            if (queued.matches()) {
                promised.add(queued.group(1));
            }
        }
        Set<String> kept = new TreeSet<>();
        for (QueuedMessage message : fixture.queued()) {
            kept.add(message.id().toString());
            for (RecipientState recipient : message.recipients()) {
                String domain = recipient.recipient().address().domain().key();
                if (!loggedIn && !OWN_DOMAINS.contains(domain)) {
                    return Optional.of("relays to " + recipient.recipient().address());
                }
            }
            fixture.queue.change(message.id(), Queue.Change.DELETE);
        }
        // a message that is in the queue without a word is sent again: that is no loss, where the client was gone
        if (!mayDiscard && !kept.containsAll(promised)) {
            return Optional.of("promised " + promised + ", kept " + kept);
        }
        figures = figures.and(new Figures(
                1,
                replies.size(),
                kept.size(),
                loggedIn ? 1 : 0,
                replies.contains("220 2.0.0 Ready to start TLS") ? 1 : 0));
        return Optional.empty();
    }

    @Override
    public void close() {
        machines.forEach(m -> m.fixture().close());
    }

    // ---- for Jazzer

    private static final class Shared {
        private static final SmtpFuzz FUZZ = open();

        private static SmtpFuzz open() {
            try {
                return new SmtpFuzz(Files.createTempDirectory("smtp-fuzz"));
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        }
    }

    /** Jazzer's entry. */
    public static void fuzzerTestOneInput(byte[] input) throws InterruptedException, IOException {
        Shared.FUZZ.run(input).ifPresent(wrong -> {
            throw new AssertionError(wrong);
        });
    }

    /** Bytes of one dialogue as a list of lines would be said: for the files of crashers. */
    static byte[] input(int variant, String text) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        bytes.write(variant);
        bytes.writeBytes(text.getBytes(StandardCharsets.ISO_8859_1));
        return bytes.toByteArray();
    }
}
