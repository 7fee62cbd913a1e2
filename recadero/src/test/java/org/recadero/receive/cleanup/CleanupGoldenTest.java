package org.recadero.receive.cleanup;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.recadero.envelope.EnvelopeRecipient;
import org.recadero.message.AddressList;
import org.recadero.message.AddressText;
import org.recadero.os.UserDatabaseException;

/**
 * What Postfix's sendmail, pickup and cleanup made of some ninety messages, recorded; ours must be equal.
 *
 * <p>A case is {@code NAME.case} (user, settings and arguments; below {@code ---} the log and the recipients, or the refusal),
 * {@code NAME.in} (standard input) and {@code NAME.mail} (the delivered file below Delivered-To; ids and dates masked). Where
 * ours differs on purpose, {@code NAME.differs-case} or {@code NAME.differs-mail} holds what we make; its first line says why.
 */
class CleanupGoldenTest {
    private static final Path FOLDER = folder();

    static List<String> cases() throws IOException {
        try (Stream<Path> files = Files.list(FOLDER)) {
            return files.map(f -> f.getFileName().toString())
                    .filter(n -> n.endsWith(".case"))
                    .map(n -> n.substring(0, n.length() - ".case".length()))
                    .sorted()
                    .toList();
        }
    }

    @ParameterizedTest
    @MethodSource("cases")
    void doesWhatPostfixDid(String name) throws Exception {
        String[] parts = text(name + ".case").split("---\n", 2);
        CleanupFixture fixture = new CleanupFixture();
        fixture.settings.put("mail_name", "Postfix");
        Invocation invocation = Invocation.of(parts[0], fixture);

        Receipt receipt = fixture.accept(invocation.message(fixture), Files.readAllBytes(FOLDER.resolve(name + ".in")));

        String actual = switch (receipt) {
            case Receipt.Refused refused -> "refused: " + invocation.who() + ": " + refused.text() + "\n";
            case Receipt.Discarded discarded -> "discarded\n";
            case Receipt.Queued queued ->
                masked(told(fixture)).replace(queued.id().text(), "{id}");
        };
        assertThat(actual).isEqualTo(differing(name + ".differs-case").orElse(parts[1]));
        if (receipt instanceof Receipt.Queued && Files.exists(FOLDER.resolve(name + ".mail"))) {
            assertThat(masked(fixture.queue.last().text()))
                    .isEqualTo(differing(name + ".differs-mail").orElse(text(name + ".mail")));
        }
    }

    private static String told(CleanupFixture fixture) {
        String recipients = fixture.queue.last().envelope().recipients().stream()
                .map(CleanupGoldenTest::told)
                .distinct()
                .sorted()
                .collect(Collectors.joining("\n", "", "\n"));
        return String.join("\n", fixture.log) + "\n" + recipients;
    }

    private static String told(EnvelopeRecipient recipient) {
        String address = recipient.address().external();
        String original = AddressText.external(recipient.original());
        return "to=<" + address + ">"
                + (recipient.original().isEmpty() || original.equalsIgnoreCase(address)
                        ? ""
                        : ", orig_to=<" + original + ">");
    }

    private static String masked(String text) {
        return text.replaceAll(
                        "id [0-9A-F]+; \\w{3}, [ \\d]\\d \\w{3} \\d{4} [\\d:]{8} \\+0000 \\(UTC\\)", "id {id}; {date}")
                .replaceAll("<\\d{14}\\.[0-9A-F]+@", "<{stamp}.{id}@")
                .replaceAll("Date: \\w{3}, [ \\d]\\d \\w{3} \\d{4} [\\d:]{8} \\+0000 \\(UTC\\)", "Date: {date}");
    }

    private static Optional<String> differing(String file) throws IOException {
        if (!Files.exists(FOLDER.resolve(file))) {
            return Optional.empty();
        }
        String[] parts = text(file).split("\n", 2);
        assertThat(parts[0]).startsWith("DIFFERS: ");
        return Optional.of(parts[1]);
    }

    private static String text(String file) throws IOException {
        return Files.readString(FOLDER.resolve(file), StandardCharsets.ISO_8859_1);
    }

    private static Path folder() {
        try {
            return Path.of(Objects.requireNonNull(CleanupGoldenTest.class.getResource("/cleanup/golden"))
                    .toURI());
        } catch (URISyntaxException e) {
            throw new AssertionError(e);
        }
    }

    /** The command line, as sendmail(1) reads it. */
    private record Invocation(
            int uid, String sender, Optional<String> fullName, boolean fromHeader, List<String> recipients) {
        static Invocation of(String text, CleanupFixture fixture) throws UserDatabaseException {
            List<String> lines = List.of(utf8(text).split("\n", -1));
            String user = lines.get(0).substring("user=".length());
            for (String setting : lines.get(1).substring("conf=".length()).split(" ", -1)) {
                int equals = setting.indexOf('=');
                if (equals > 0) {
                    fixture.settings.put(setting.substring(0, equals), setting.substring(equals + 1));
                }
            }
            String sender = user;
            Optional<String> fullName = Optional.empty();
            boolean fromHeader = false;
            List<String> recipients = new ArrayList<>();
            for (int i = 2; i < lines.size() - 1; i++) {
                switch (lines.get(i)) {
                    case "-t" -> fromHeader = true;
                    case "-i" -> {}
                    case "-B" -> i++;
                    case "-F" -> fullName = Optional.of(lines.get(++i));
                    case "-f" -> sender = first(lines.get(++i));
                    default -> {
                        List<String> found = AddressList.internalForms(lines.get(i));
                        recipients.addAll(found.isEmpty() ? List.of("") : found);
                    }
                }
            }
            int uid = CleanupFixture.USERS.byName(user).orElseThrow().uid();
            return new Invocation(uid, sender, fullName, fromHeader, List.copyOf(recipients));
        }

        private static String first(String argument) {
            List<String> found = AddressList.internalForms(argument);
            return found.isEmpty() ? "" : found.getFirst();
        }

        private static String utf8(String bytes) {
            return new String(bytes.getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8);
        }

        NewMessage message(CleanupFixture fixture) {
            return fixture.from(uid, sender, fullName, fromHeader, recipients);
        }

        String who() {
            return sender + "(" + uid + ")";
        }
    }
}
