package org.recadero.receive.submit;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.recadero.envelope.BodyType;
import org.recadero.envelope.Envelope;
import org.recadero.envelope.Notify;
import org.recadero.receive.cleanup.NewMessage;

class SendmailArgumentsTest {
    /** One recorded command line. */
    record Recorded(Optional<String> fullNameVariable, List<String> argv, List<String> expected, boolean differs) {
        @Override
        public String toString() {
            return String.join(" ", argv);
        }
    }

    static Stream<Recorded> recorded() throws IOException {
        List<Recorded> all = new ArrayList<>();
        try (InputStream in = SendmailArgumentsTest.class.getResourceAsStream("sendmail-arguments.txt")) {
            for (String block : new String(in.readAllBytes(), StandardCharsets.UTF_8).split("\n\n", -1)) {
                if (block.startsWith("argv: ")) {
                    all.add(parse(block.replaceAll("\n+$", "")));
                }
            }
        }
        return all.stream();
    }

    private static Recorded parse(String block) {
        List<String> lines = new ArrayList<>(List.of(block.split("\n", -1)));
        List<String> words = new ArrayList<>();
        for (String word : lines.removeFirst().substring("argv: ".length()).split("\\|", -1)) {
            words.add(unescape(word));
        }
        Optional<String> name = Optional.empty();
        if (words.getFirst().startsWith("NAME=")) {
            name = Optional.of(words.removeFirst().substring("NAME=".length()));
        }
        boolean differs = lines.getLast().startsWith("DIFFERS: ");
        return new Recorded(name, words, List.copyOf(lines), differs);
    }

    private static String unescape(String word) {
        return word.replace("\\\\", "\0")
                .replace("\\n", "\n")
                .replace("\\t", "\t")
                .replace("\\1", "\1")
                .replace("\\p", "|")
                .replace("\0", "\\");
    }

    @ParameterizedTest
    @MethodSource("recorded")
    void doesWithEachCommandLineWhatPostfixDoes(Recorded recorded) {
        if (recorded.differs()) {
            return; // each is tested by name below
        }
        assertThat(outcome(recorded)).isEqualTo(String.join("\n", recorded.expected()));
    }

    /** The same lines as the recording has. */
    private static String outcome(Recorded recorded) {
        String name = recorded.argv().getFirst();
        SendmailArguments parsed = SendmailArguments.parse(
                name, recorded.argv().subList(1, recorded.argv().size()));
        List<String> errors = new ArrayList<>(parsed.diagnostics());
        List<String> queued = new ArrayList<>();
        int status = 0;
        Map<String, String> environment =
                recorded.fullNameVariable().map(n -> Map.of("NAME", n)).orElse(Map.of());
        switch (parsed.request()) {
            case SendmailRequest.Fatal fatal -> {
                errors.add(name + ": fatal: " + fatal.text());
                status = 75;
            }
            case SendmailRequest.Submit submit -> {
                SubmissionComposer.Composition composition = new SubmissionComposer(Fakes.USERS, (uid, login) -> true)
                        .compose(Fakes.ID, 1001, environment, submit);
                // what is said here only is left out
                composition.warnings().stream()
                        .filter(w -> !w.startsWith("-G") && !w.startsWith("-v"))
                        .forEach(w -> errors.add(name + ": warning: " + w));
                switch (composition.result()) {
                    case SubmissionComposer.Result.Refused refused -> {
                        errors.add(name + ": fatal: " + refused.text());
                        status = 75;
                    }
                    case SubmissionComposer.Result.Ready ready -> {
                        if (ready.message().recipients().isEmpty()) {
                            // cleanup says so when it has read the header
                            errors.add(name + ": fatal: " + composition.who()
                                    + ": No recipient addresses found in message header");
                            status = 75;
                        } else {
                            queued.addAll(envelope(ready.message()));
                        }
                    }
                }
            }
            default -> {}
        }
        List<String> lines = new ArrayList<>();
        lines.add("status: " + status);
        errors.forEach(e -> lines.add("err: " + e));
        lines.addAll(queued);
        return String.join("\n", lines);
    }

    private static List<String> envelope(NewMessage message) {
        List<String> lines = new ArrayList<>();
        message.envelopeId().ifPresent(id -> lines.add("envelope_id=" + id));
        message.returnFull().ifPresent(r -> lines.add("ret_flags=" + (r == Envelope.Return.FULL ? 1 : 2)));
        message.fullName().ifPresent(n -> lines.add("sender_fullname: " + n));
        lines.add("sender: " + message.sender());
        if (message.body() != BodyType.UNSTATED) {
            lines.add("encoding=" + (message.body() == BodyType.SEVEN_BIT ? "7bit" : "8bit"));
        }
        int flags = 0;
        for (Notify on : message.recipients().getFirst().notifyOn()) {
            flags |= switch (on) {
                case NEVER -> 1;
                case SUCCESS -> 2;
                case FAILURE -> 4;
                case DELAY -> 8;
            };
        }
        if (flags != 0) {
            lines.add("notify_flags=" + flags);
        }
        message.recipients().forEach(r -> lines.add("recipient: " + r.address().replace("\1", "\\1")));
        return lines;
    }

    private static SendmailRequest request(String... argv) {
        return SendmailArguments.parse(argv[0], List.of(argv).subList(1, argv.length))
                .request();
    }

    @Test
    void choosesByNameWhatIsDone() {
        assertThat(request("mailq")).isEqualTo(new SendmailRequest.ListQueue());
        assertThat(request("newaliases")).isEqualTo(new SendmailRequest.InitAliases(Optional.empty()));
        assertThat(request("newaliases", "-bp")).isEqualTo(new SendmailRequest.ListQueue());
        assertThat(request("sendmail", "-vbp")).isEqualTo(new SendmailRequest.ListQueue());
        assertThat(request("mailq", "-bm", "otro")).isInstanceOf(SendmailRequest.Submit.class);
    }

    @Test
    void handsFlushesOver() {
        assertThat(request("sendmail", "-q")).isEqualTo(new SendmailRequest.Flush());
        assertThat(request("sendmail", "-qIABC")).isEqualTo(new SendmailRequest.FlushId("ABC"));
        assertThat(request("sendmail", "-qRexample.org")).isEqualTo(new SendmailRequest.FlushSite("example.org"));
        assertThat(request("sendmail", "-bi", "-oAhash:/tmp/x"))
                .isEqualTo(new SendmailRequest.InitAliases(Optional.of("hash:/tmp/x")));
        assertThat(request("sendmail", "-bd")).isEqualTo(new SendmailRequest.StartDaemon());
    }

    @Test
    void asksForReports() {
        assertThat(request("sendmail", "-bv", "otro")).isInstanceOfSatisfying(SendmailRequest.Submit.class, submit -> {
            assertThat(submit.trace()).contains(Envelope.Trace.VERIFY);
            assertThat(submit.announcement("usuario"))
                    .contains("Mail Delivery Status Report will be mailed to <usuario>.\n");
        });
        assertThat(request("sendmail", "-v", "otro"))
                .isInstanceOfSatisfying(
                        SendmailRequest.Submit.class,
                        submit -> assertThat(submit.trace()).contains(Envelope.Trace.FIRST_ATTEMPT));
        assertThat(request("sendmail", "-v", "-v", "otro"))
                .isInstanceOfSatisfying(
                        SendmailRequest.Submit.class,
                        submit -> assertThat(submit.announcement("usuario")).isEmpty());
    }

    @Test
    void saysWhatIsNotThereYet() {
        assertThat(request("sendmail", "-bs")).isEqualTo(new SendmailRequest.StandAlone());
        assertThat(request("sendmail", "-XV", "otro")).isEqualTo(new SendmailRequest.Fatal("unsupported: -XV"));
    }

    /** SAFETY 21. */
    @Test
    void ignoresTheTrafficLogAndKeepsTheConfigurationForTheSocketOnly() {
        SendmailArguments parsed =
                SendmailArguments.parse("sendmail", List.of("-X", "/etc/shadow", "-C", "/a", "-C/b/main.cf", "otro"));
        assertThat(parsed.request()).isInstanceOf(SendmailRequest.Submit.class);
        assertThat(parsed.configuration()).contains("/b/main.cf");
    }

    @Test
    void takesTenThousandCharactersOfOperatorsWithoutTrouble() {
        assertThat(CommandLineAddresses.parse(":".repeat(100_000))).hasSize(1);
        assertThat(CommandLineAddresses.parse("<".repeat(100_000))).hasSize(1);
        assertThat(CommandLineAddresses.parse("(".repeat(100_000))).isEmpty();
        assertThat(CommandLineAddresses.parse("a:".repeat(50_000) + ";")).isEmpty();
    }

    @Test
    void endsWithEveryTwoCharactersOfAnAddress() {
        for (char first = 1; first < 0x100; first++) {
            for (char second = 1; second < 0x80; second++) {
                CommandLineAddresses.parse("" + first + second);
            }
        }
        // found by the fuzzed frames: a closing parenthesis alone was read for ever
        assertThat(CommandLineAddresses.parse("a)b")).containsExactly("a)b");
    }
}
