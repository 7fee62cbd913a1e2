package org.recadero.receive.smtpd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.recadero.config.ConfigurationException;
import org.recadero.envelope.SubmissionId;
import org.recadero.queue.QueueFullException;
import org.recadero.receive.cleanup.MessageIntake;
import org.recadero.receive.cleanup.Receipt;
import org.recadero.status.EnhancedStatusCode;

/** What must never happen. */
class SmtpSafetyTest {
    @TempDir
    Path folder;

    static List<String> talk(SmtpFixture fixture, MessageIntake intake, byte[] said)
            throws ConfigurationException, InterruptedException {
        MemoryConnection connection = new MemoryConnection();
        Peer peer = SmtpServer.PeerNames.peer(InetAddress.ofLiteral("192.0.2.9"), 4711, new FakeNames(), true);
        Access access = new Access(
                fixture.serviceSettings(),
                new FakeNames(),
                new ClientLimits(InstantSource.fixed(Instant.EPOCH)),
                peer,
                InetAddress.getLoopbackAddress());
        SmtpSession.Services services = new SmtpSession.Services(
                intake,
                fixture.mailLog,
                Optional.empty(),
                () -> new SubmissionId(9, said.length),
                duration -> {},
                fixture);
        connection.send(said);
        connection.leave();
        Thread session = Thread.ofVirtual().start(() -> {
            try (connection) {
                new SmtpSession(connection, SessionState.of(peer), access, access, services).run();
            }
        });
        assertThat(session.join(Duration.ofSeconds(9))).isTrue();
        List<String> replies = new ArrayList<>();
        for (Optional<String> line = connection.line(); line.isPresent(); line = connection.line()) {
            replies.add(line.get());
        }
        return replies;
    }

    private static final String MESSAGE = """
            EHLO c.example
            MAIL FROM:<a@example.org>
            RCPT TO:<usuario@localhost>
            DATA
            Subject: x

            text
            .
            QUIT
            """.replace("\n", "\r\n");

    /** Nothing lost: 250 is said only of what is on disk (SAFETY 12: 452 where the queue is full). */
    @Test
    void saysOkOnlyWhenTheQueueHasIt() throws ConfigurationException, InterruptedException {
        try (SmtpFixture fixture = new SmtpFixture(folder, Map.of())) {
            MessageIntake full = (message, content) -> new Receipt.Refused(
                    EnhancedStatusCode.of(4, 3, 1), new QueueFullException("insufficient system storage").getMessage());
            assertThat(talk(fixture, full, MESSAGE.getBytes(StandardCharsets.US_ASCII)))
                    .contains("452 4.3.1 Error: insufficient system storage", "221 2.0.0 Bye");
            MessageIntake broken = (message, content) -> {
                throw new IllegalStateException("a bug");
            };
            assertThat(talk(fixture, broken, MESSAGE.getBytes(StandardCharsets.US_ASCII)))
                    .contains("451 4.3.0 Error: internal software error", "221 2.0.0 Bye")
                    .noneMatch(line -> line.contains("queued as"));
        }
    }

    /** CONTRACTS, Names and words: a restriction that is not supported is fatal where its service is opened. */
    @Test
    void doesNotOpenWhereARestrictionCannotBeHonoured() {
        for (String restrictions : List.of(
                "check_policy_service unix:private/policy, reject_unauth_destination",
                "reject_rbl_client rbl.example, reject_unauth_destination",
                "permit_mynetworks")) {
            try (SmtpFixture fixture = new SmtpFixture(
                    folder.resolve(Integer.toHexString(restrictions.hashCode())),
                    Map.of("smtpd_relay_restrictions", restrictions))) {
                assertThatThrownBy(fixture::serviceSettings)
                        .as(restrictions)
                        .isInstanceOf(ConfigurationException.class);
            }
        }
    }

    /** Seeded fuzzing: no crash, no hang, nothing queued for somebody else's domain. */
    @Test
    void survivesAnyDialogue() throws ConfigurationException, InterruptedException, IOException {
        String[] words = {
            "EHLO c.example",
            "HELO c",
            "MAIL FROM:<a@example.org>",
            "RCPT TO:<usuario@localhost>",
            "DATA",
            "RSET",
            "BDAT 3",
            "BDAT 5 LAST",
            "BDAT 99999999999",
            "QUIT",
            "STARTTLS",
            "AUTH PLAIN",
            "AUTH LOGIN =",
            "VRFY a@b",
            "MAIL FROM:<\"",
            "RCPT TO:<user%example.org@localhost>",
            "RCPT TO:<\"a@example.org\"@localhost>",
            ".",
            "..",
            "Subject: x",
            "",
            "\0",
            "\u00ff\u00fe",
            "NOOP",
            "*",
            "ETRN x",
            "SIZE=",
            "<",
            ">",
            "@",
            "\"",
            "RSET\r\nMAIL FROM:<a@example.org>\r\nRCPT TO:<usuario@localhost>\r\nDATA\r\nx: y\r\n\r\nz\r\n.\r\n",
            "RSET\r\nMAIL FROM:<>\r\nRCPT TO:<usuario@localhost>\r\nBDAT 2\r\nabBDAT 1 LAST\r\nc",
        };
        String[] ends = {"\r\n", "\r\n", "\r\n", "\n", "\r", " ", "", "\r\n.\r\n"};
        try (SmtpFixture fixture =
                new SmtpFixture(folder, Map.of("smtpd_hard_error_limit", "50", "inet_interfaces", "127.0.0.1"))) {
            for (int seed = 0; seed < 300; seed++) {
                Random random = new Random(seed);
                ByteArrayOutputStream said = new ByteArrayOutputStream();
                int length = random.nextInt(60);
                for (int i = 0; i < length; i++) {
                    String text = words[random.nextInt(words.length)] + ends[random.nextInt(ends.length)];
                    said.write(text.getBytes(StandardCharsets.ISO_8859_1));
                }
                talk(fixture, fixture.cleanup(), said.toByteArray());
            }
            assertThat(fixture.queued())
                    .isNotEmpty()
                    .flatMap(message -> message.recipients())
                    .extracting(r -> r.recipient().address().internal())
                    .allMatch(address -> address.equals("usuario@localhost"));
            assertThat(fixture.log).noneMatch(line -> line.contains("error: "));
        }
    }
}
