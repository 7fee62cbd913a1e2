package org.recadero.receive.cleanup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.recadero.envelope.BodyType;
import org.recadero.envelope.Envelope;
import org.recadero.envelope.EnvelopeRecipient;
import org.recadero.envelope.Notify;
import org.recadero.envelope.ReversePath;
import org.recadero.envelope.SubmissionId;
import org.recadero.queue.QueueFullException;

class CleanupTest {
    private final CleanupFixture fixture = new CleanupFixture();

    private Receipt.Refused refused(NewMessage message, String content) {
        Receipt receipt = fixture.accept(message, content.getBytes(StandardCharsets.ISO_8859_1));
        assertThat(receipt).isInstanceOf(Receipt.Refused.class);
        assertThat(fixture.queue.kept).isEmpty();
        return (Receipt.Refused) receipt;
    }

    private static List<String> addresses(Envelope envelope) {
        return envelope.recipients().stream().map(r -> r.address().internal()).toList();
    }

    @Test
    void completesAMessageAndSaysSoInTheLog() {
        String content = fixture.send(fixture.plain(), "Subject: x\n\nhola\n");

        assertThat(content).isEqualTo(CleanupFixture.TOP + """
                Subject: x
                Message-Id: <20261124024255.ABC@cliente.example.net>
                Date: Tue, 24 Nov 2026 02:42:55 +0000 (UTC)
                From: root <root@example.net>

                hola
                """);
        Envelope envelope = fixture.queue.last().envelope();
        assertThat(envelope.sender()).isEqualTo(ReversePath.of("root@example.net"));
        assertThat(envelope.uid()).contains(0);
        assertThat(envelope.recipients())
                .extracting(EnvelopeRecipient::original)
                .containsExactly("usuario@localhost");
        assertThat(fixture.log)
                .containsExactly(
                        "pickup: ABC: uid=0 from=<root>",
                        "cleanup: ABC: message-id=<20261124024255.ABC@cliente.example.net>");
    }

    @Test
    void takesUnwantedCharactersOut() { // Postfix: postconf(5), message_strip_characters; seen in 3.7.11
        fixture.settings.put("message_strip_characters", "\\0\\1\\351\\n\\t*");
        assertThat(fixture.send(fixture.plain(), "Subject: h\0h\n\nx\0y\1z \351 \177*\t fin\n"))
                .contains("Subject: hh\n")
                .endsWith("\n\nxyz  \177 fin\n");
        fixture.settings.put("message_strip_characters", "\\101b\\\\");
        assertThat(fixture.send(fixture.plain(), "Subject: x\n\nABab\\0\n")).endsWith("\n\nBa0\n");
    }

    @Test
    void countsWhatLiesInTheQueue() {
        Receipt receipt =
                fixture.accept(fixture.plain(), "Subject: x\r\n\r\nhola".getBytes(StandardCharsets.ISO_8859_1));
        assertThat(receipt)
                .isEqualTo(new Receipt.Queued(
                        fixture.queue.last().id(), fixture.queue.last().text().length()));
    }

    @Test
    void putsTheMailSystemsFieldsBelowReceived() {
        NewMessage forwarded = new NewMessage(
                new SubmissionId(1, 1),
                "",
                Optional.empty(),
                List.of(NewMessage.Recipient.of("otro")),
                false,
                BodyType.UNSTATED,
                Optional.empty(),
                Optional.empty(),
                List.of("Delivered-To: usuario@localhost"),
                new NewMessage.Origin.MailSystem(NewMessage.Origin.Kind.BOUNCE));
        String content = fixture.send(forwarded, "From x\nSubject: x\n\n");

        assertThat(content).startsWith("""
                Received: by cliente.example.net (Recadero)
                \tid ABC; Tue, 24 Nov 2026 02:42:55 +0000 (UTC)
                Delivered-To: usuario@localhost
                Message-Id:""").contains("From: MAILER-DAEMON\n\nFrom x\nSubject: x\n");
        assertThat(fixture.queue.last().envelope().sender()).isEqualTo(ReversePath.none());
        assertThat(fixture.queue.last().envelope().uid()).isEmpty();
        assertThat(fixture.log).noneMatch(line -> line.startsWith("pickup"));
    }

    @Test
    void takesASubmissionOnce() { // SAFETY 22
        NewMessage message = fixture.plain();
        Receipt first = fixture.accept(message, "Subject: x\n\n".getBytes(StandardCharsets.ISO_8859_1));
        Receipt second = fixture.accept(message, "Subject: x\n\n".getBytes(StandardCharsets.ISO_8859_1));
        assertThat(fixture.queue.kept).hasSize(1);
        assertThat(((Receipt.Queued) second).id()).isEqualTo(((Receipt.Queued) first).id());
    }

    @Test
    void refusesWhatIsTooBig() {
        fixture.settings.put("message_size_limit", "1000");
        Receipt.Refused receipt = refused(fixture.plain(), "x".repeat(1001));
        assertThat(receipt.code()).hasToString("5.3.4");
        assertThat(receipt.text()).isEqualTo("message file too big");
        assertThat(fixture.queue.closedUncommitted).isEqualTo(1);
        assertThat(fixture.log).isEmpty();
        fixture.send(fixture.plain(), "x".repeat(1000));
    }

    @Test
    void refusesAMessageWithoutRecipients() {
        assertThat(refused(fixture.fromHeader(), "Subject: x\n\n").text())
                .isEqualTo("No recipient addresses found in message header");
        assertThat(refused(fixture.from(0, "root", Optional.empty(), false, List.of()), "Subject: x\n\n")
                        .text())
                .isEqualTo("Recipient addresses must be specified on the command line or via the -t option");
    }

    @Test
    void refusesAnAddressFieldThatIsTooLongToTakeRecipientsFrom() {
        String to = IntStream.range(0, 8_000)
                .mapToObj(i -> "user" + i + "@example.net")
                .collect(Collectors.joining(",\n "));
        assertThat(refused(fixture.fromHeader(), "To: " + to + "\n\nhola\n").text())
                .isEqualTo("unable to extract recipients: message header length exceeds safety limit");
    }

    @Test
    void refusesABadSender() {
        for (String sender : List.of("a@", "@a", "a@b c", "a".repeat(2_000))) {
            assertThat(refused(fixture.from(0, sender, Optional.empty(), false, List.of("x")), "")
                            .code())
                    .hasToString("5.1.7");
        }
    }

    @Test
    void answersClassFourWhenTheQueueFails() {
        fixture.queue.beginFails = Optional.of(new QueueFullException("queue_minfree"));
        assertThat(refused(fixture.plain(), "x")).isEqualTo(refusal("4.3.1", "insufficient system storage"));
        fixture.queue.beginFails = Optional.of(new IOException("dead disk"));
        assertThat(refused(fixture.plain(), "x")).isEqualTo(refusal("4.3.0", "queue file write error"));
        fixture.queue.beginFails = Optional.empty();
        fixture.queue.writeFails = Optional.of(new IOException("dead disk"));
        assertThat(refused(fixture.plain(), "x")).isEqualTo(refusal("4.3.0", "queue file write error"));
        fixture.queue.writeFails = Optional.empty();
        fixture.queue.commitFails = Optional.of(new QueueFullException("full"));
        assertThat(refused(fixture.plain(), "x")).isEqualTo(refusal("4.3.1", "insufficient system storage"));
        assertThat(fixture.queue.closedUncommitted).isEqualTo(2);
    }

    private static Receipt.Refused refusal(String code, String text) {
        return new Receipt.Refused(
                org.recadero.status.EnhancedStatusCode.parse(code).orElseThrow(), text);
    }

    @Test
    void queuesNothingWhenTheContentBreaksOff() {
        InputStream broken = new SequenceInputStream(
                new ByteArrayInputStream("Subject: x\n\nha".getBytes(StandardCharsets.ISO_8859_1)), new InputStream() {
                    @Override
                    public int read() throws IOException {
                        throw new IOException("cut off");
                    }

                    @Override
                    public int read(byte[] into, int offset, int length) throws IOException {
                        throw new IOException("cut off");
                    }
                });
        assertThatIOException()
                .isThrownBy(() -> fixture.cleanup().accept(fixture.plain(), broken))
                .withMessage("cut off");
        assertThat(fixture.queue.kept).isEmpty();
        assertThat(fixture.queue.closedUncommitted).isEqualTo(1);
    }

    @Test
    void givesAMessageBackThatWentRoundTooOften() {
        String hops = "Received: by h; x\n".repeat(49);
        fixture.send(fixture.plain(), hops + "\n");
        assertThat(fixture.queue.last().hold()).isTrue();
        assertThat(fixture.givenBack).containsExactly("ABC 5.4.6 too many hops");
        assertThat(fixture.log).contains("cleanup: warning: ABC: message rejected: hopcount exceeded");

        fixture.send(fixture.plain(), hops.substring(18) + "\n");
        assertThat(fixture.queue.last().hold()).isFalse();
        assertThat(fixture.givenBack).hasSize(1);
    }

    @Test
    void keepsALoopingMessageOnHoldWhenItCannotBeGivenBack() {
        fixture.undeliverable = (id, status) -> {
            throw new IOException("no bounce");
        };
        fixture.send(fixture.plain(), "Received: by h; x\n".repeat(50) + "\n");
        assertThat(fixture.queue.last().hold()).isTrue();
        assertThat(fixture.log).anyMatch(line -> line.contains("stays on hold"));
    }

    @Test
    void marksEightBitContent() {
        fixture.send(fixture.plain(), "Subject: x\n\n\u00e9\n");
        assertThat(fixture.queue.last().envelope().body()).isEqualTo(BodyType.EIGHT_BIT_MIME);
        fixture.send(fixture.plain(), "Subject: x\n\ne\n");
        assertThat(fixture.queue.last().envelope().body()).isEqualTo(BodyType.UNSTATED);
    }

    @Test
    void countsRecipientsByAddressAloneWithoutOriginals() {
        fixture.settings.put("enable_original_recipient", "no");
        fixture.send(
                fixture.from(0, "root", Optional.empty(), false, List.of("otro", "otro@example.net", "OTRO")), "x\n");
        assertThat(addresses(fixture.queue.last().envelope())).containsExactly("otro@example.net");
        assertThat(fixture.queue.last().envelope().recipients().getFirst().original())
                .isEmpty();
    }

    @Test
    void givesHeaderRecipientsTheirNotices() { // RFC 3461 §4.1
        NewMessage message = new NewMessage(
                new SubmissionId(1, 2),
                "root",
                Optional.empty(),
                List.of(),
                true,
                Set.of(Notify.NEVER),
                BodyType.UNSTATED,
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                List.of(),
                new NewMessage.Origin.User(0));
        fixture.send(message, "To: usuario\n\n");
        assertThat(fixture.queue.last().envelope().recipients().getFirst().notifyOn())
                .containsExactly(Notify.NEVER);
    }

    @Test
    void takesTenThousandRecipients() {
        List<String> many = IntStream.range(0, 10_000).mapToObj(i -> "user" + i).toList();
        fixture.send(fixture.from(0, "root", Optional.empty(), false, many), "Subject: x\n\n");
        assertThat(fixture.queue.last().envelope().recipients()).hasSize(10_000);
    }

    @Test
    void dropsNothingOfAnAddressThatNamesNobody() {
        fixture.send(
                fixture.from(
                        0,
                        "root",
                        Optional.empty(),
                        false,
                        List.of("a@", "b".repeat(5_000), "usuario", "x\u0000y@z w")),
                "\n");
        List<EnvelopeRecipient> recipients = fixture.queue.last().envelope().recipients();
        assertThat(recipients).hasSize(4);
        assertThat(recipients.getFirst().address().external()).isEqualTo("\"a@\"@cliente.example.net");
        assertThat(recipients.getFirst().original()).isEqualTo("a@");
        assertThat(recipients.getLast().original()).isEqualTo("x?y@z w");
    }

    @Test
    void keepsAFullNameInItsLine() {
        String content = fixture.send(
                fixture.from(0, "root", Optional.of("Evil\nBcc: x"), false, List.of("usuario")), "Subject: x\n\n");
        assertThat(content).contains("From: \"Evil Bcc: x\" <root@example.net>\n");
        fixture.send(fixture.from(0, "root", Optional.of("x".repeat(9_000)), false, List.of("usuario")), "\n");
        assertThat(fixture.queue.last().text().lines()).allMatch(line -> line.length() < 998);
    }

    @Test
    void foldsALineThatCompletingMakesTooLong() { // RFC 5322 §2.1.1
        String to = IntStream.range(0, 300).mapToObj(i -> "u" + i).collect(Collectors.joining(", "));
        String content = fixture.send(fixture.plain(), "To: " + to + "\n\n");
        assertThat(content.lines()).allMatch(line -> line.length() <= 998);
        assertThat(content.replaceAll("\n\t(?!id)", ""))
                .contains("To: " + to.replaceAll("(u[0-9]+)", "$1@example.net") + "\n");
    }

    @Test
    void leavesFieldsWithCompleteAddressesByteForByte() {
        Random random = new Random(5);
        String[] pieces = {
            "a@b", " , ", "\n\t", "\"x, y\" <c@d.e>", "(c \\) d)", "g: a@b;", ",", " ", "<@r:z@y>", "Jos\u00e9 <j@k>"
        };
        for (int round = 0; round < 3_000; round++) {
            StringBuilder field = new StringBuilder("To:a@b");
            int length = random.nextInt(6);
            for (int i = 0; i < length; i++) {
                field.append(',').append(pieces[random.nextInt(pieces.length)].replace("<@r:z@y>", "<z@y>"));
            }
            // a line of blanks alone is still part of the field
            String header = field + "\n";
            assertThat(fixture.send(fixture.plain(), header + "\nx\n")).startsWith(topFor() + header);
        }
    }

    private String topFor() {
        return CleanupFixture.TOP.replace("ABC", fixture.queue.last().id().text());
    }

    @Test
    void survivesRandomMessages() {
        Random random = new Random(9);
        String alphabet = "To: Cc\nBcc:From: \n\r\t\0<>@,;:()\"\\.%!\u00e9ab ";
        for (int round = 0; round < 3_000; round++) {
            StringBuilder text = new StringBuilder(random.nextBoolean() ? "To: " : "");
            int length = random.nextInt(200);
            for (int i = 0; i < length; i++) {
                text.append(alphabet.charAt(random.nextInt(alphabet.length())));
            }
            fixture.accept(
                    fixture.from(0, "root", Optional.empty(), random.nextBoolean(), List.of("usuario")),
                    text.toString().getBytes(StandardCharsets.ISO_8859_1));
            assertThat(fixture.queue.last().text()).endsWith("\n").doesNotContain("\r");
        }
    }

    @Test
    void holdsNothingOfTheBodyInMemory() throws IOException {
        fixture.settings.put("message_size_limit", "0");
        fixture.queue.countOnly = true;
        long size = 300L << 20;
        InputStream endless = new InputStream() {
            private long left = size;

            @Override
            public int read() {
                throw new AssertionError("nobody asks for it here");
            }

            @Override
            public int read(byte[] into, int offset, int length) {
                if (left <= 0) {
                    return -1;
                }
                int read = (int) Math.min(length, left);
                left -= read;
                return read;
            }
        };
        Receipt receipt = fixture.cleanup().accept(fixture.plain(), endless);
        assertThat(((Receipt.Queued) receipt).sizeBytes())
                .isEqualTo(fixture.queue.counted)
                .isGreaterThan(size);
    }
}
