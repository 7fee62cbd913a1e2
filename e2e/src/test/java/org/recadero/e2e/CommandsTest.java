package org.recadero.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * {@code mailq}, {@code postqueue}, {@code postsuper}, {@code postcat} on mail that waits, beside Postfix's output and exit statuses, with
 * the daemon up and down. In command lines {@code @0}, {@code @1}… stand for the queue ids in the order of submission.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class CommandsTest {
    private static final String USUARIO = "setpriv --reuid=usuario --regid=usuario --init-groups ";

    private static final Pattern LISTED = Pattern.compile("(?m)^(Q\\d+)([*!]?) +\\d+ (ASCTIME)");
    /** A day that does not begin in column 21, where the id leaves room. */
    private static final Pattern MISALIGNED = Pattern.compile(
            "(?m)^(?!.{19} (?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) )[0-9A-F]{1,10}[*!]? +\\d+ (?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) ");

    /** Postfix's pickup(8) looks once a minute. */
    private static final Duration REQUEUED = Duration.ofMinutes(3);

    private static final Pattern JSON_NUMBERS = Pattern.compile("\"(arrival_time|message_size)\": \\d+");
    private static final Pattern FILE = Pattern.compile("\\b(?:hold|deferred(?:/[0-9A-F])?|active|incoming)/(Q\\d+)");
    private static final Pattern SIZES = Pattern.compile("(?m)^message_size:( +\\d+){6}$");
    private static final Pattern ATTRIBUTES = Pattern.compile("(?m)^(?:message_arrival_time|create_time): .*$");

    /** Whether the daemon runs while the commands do. */
    enum Daemon {
        UP,
        DOWN
    }

    private SideBySide machines;

    @BeforeAll
    void setUp() {
        machines = SideBySide.with(machine -> {
            Chapter.configure(machine);
            Chapter.settings(machine, List.of("default_transport = retry:4.4.1 el servidor no responde"));
            Chapter.start(machine);
        });
    }

    @AfterEach
    void emptyTheQueueAndStartAgain() {
        var _ = machines.both(machine -> {
            machine.shell("postfix status 2>/dev/null || postfix start; postsuper -d ALL; rm -f /var/mail/*");
            return "";
        });
    }

    @AfterAll
    void close() {
        if (machines != null) {
            machines.close();
        }
    }

    @ParameterizedTest
    @EnumSource
    void showsWhatWaitsAsPostfixDoes(Daemon daemon) {
        compare(
                1,
                daemon,
                "mailq",
                "postqueue -p",
                "postqueue -j",
                "sendmail -bp",
                "postcat -q @0",
                "postcat -h -q @0",
                "postcat -bq @0",
                "postcat -bhq @0",
                "postcat -e -q @0",
                "postcat -q ABCDEF",
                "postcat -q 'x y'",
                "postcat -Z",
                USUARIO + "postcat -q @0",
                "postqueue -i ABCDEF",
                "postqueue -i 'x!'",
                "postqueue",
                "postqueue -p x",
                "postqueue -Z",
                "mailq x",
                "newaliases x");
    }

    @Test
    void showsThreeMessagesToAnyUser() {
        compare(
                3,
                Daemon.UP,
                "mailq",
                "postqueue -j",
                USUARIO + "mailq",
                USUARIO + "postqueue -j",
                USUARIO + "postqueue -f");
    }

    @ParameterizedTest
    @EnumSource
    void holdsReleasesRequeuesExpiresAndDeletesAsPostfixDoes(Daemon daemon) {
        compare(
                3,
                daemon,
                "postsuper -h @0",
                "postsuper -h @0",
                "mailq",
                "postcat -q @0",
                "postqueue -j",
                "postsuper -H @0",
                "postsuper -H @0",
                "printf '%s\\n' @1 @2 | postsuper -h -",
                "mailq",
                "postsuper -H ALL",
                "postsuper -h ALL",
                "postsuper -d @1",
                "postsuper -d @1",
                "postsuper -d 'x y!'",
                "postsuper -d NONE",
                "postsuper -Z",
                USUARIO + "postsuper -d ALL",
                USUARIO + "postsuper -d @0",
                "printf '%s\\nABCDEF\\n' @0 | postsuper -d -",
                "mailq",
                "postsuper -d ALL",
                "mailq");
    }

    /** It goes through the rewriting again and gets a new id: Postfix's pickup(8) looks once a minute, Recadero at once. */
    @Test
    void aRequeuedMessageGetsANewId() {
        machines.both(machine -> {
                    String id = submit(machine);
                    int mark = machine.mailLog().size();
                    Result requeued = machine.exec("root", "", "postsuper", "-r", id);
                    machine.awaitUntil(
                            "it was tried under another id",
                            () -> Submission.outcomes(machine, mark).stream()
                                    .anyMatch(line -> !line.queueId().equals(id)),
                            REQUEUED);
                    machine.awaitRest();
                    List<String> listed = machine.exec("root", "", "mailq")
                            .out()
                            .lines()
                            .skip(2)
                            .map(String::strip)
                            .toList();
                    return requeued.err().replace(id, "Q") + String.join("\n", listed);
                })
                .areEqual();
    }

    @Test
    void mailOfOneSiteIsFlushed() {
        SideBySide.Pair<String> statuses = machines.both(
                machine -> Integer.toString(machine.shell("postqueue -s a.b").status()));
        if (Differs.applies()) {
            new Differs("the queue finds a site's mail without fast_flush_domains, so any may be flushed", "0")
                    .check("postqueue -s", statuses.subject(), statuses.reference());
        }
    }

    /** {@code -e}: the next attempt is the last, and the sender is told. */
    @Test
    void anExpiredMessageComesBack() {
        var _ = machines.both(machine -> {
            String id = submit(machine);
            assertThat(machine.shell("postsuper -e " + id + " 2>&1").out())
                    .isEqualTo("postsuper: " + id + ": expired\npostsuper: Force-expired: 1 message\n");
            machine.exec("root", "", "postqueue", "-f").succeeded();
            machine.awaitUntil(
                    "the sender is told",
                    () -> machine.read("/var/mail/usuario").contains("Subject: Undelivered Mail Returned to Sender\n"));
            machine.awaitEmptyQueue();
            return "";
        });
    }

    /** Held mail is not tried; a flush of one message tries that one. */
    @Test
    void aFlushTriesWhatIsNotHeld() {
        var _ = machines.both(machine -> {
            String held = submit(machine);
            String other = submit(machine);
            machine.exec("root", "", "postsuper", "-h", held).succeeded();
            int mark = machine.mailLog().size();
            machine.exec("root", "", "postqueue", "-i", other).succeeded();
            machine.awaitUntil("the other is tried again", () -> outcomes(machine, mark, other) > 0);
            // a flush passes over what is still in work
            machine.awaitRest();
            machine.exec("usuario", "", "postqueue", "-f").succeeded();
            machine.awaitUntil("the other is tried once more", () -> outcomes(machine, mark, other) > 1);
            assertThat(outcomes(machine, mark, held)).isZero();
            machine.exec("root", "", "postsuper", "-H", held).succeeded();
            machine.exec("root", "", "postqueue", "-f").succeeded();
            machine.awaitUntil("the released one is tried", () -> outcomes(machine, mark, held) > 0);
            return "";
        });
    }

    @Test
    void withTheDaemonDownAnOrdinaryUserIsToldSo() {
        var _ = machines.both(machine -> {
            submit(machine);
            machine.exec("root", "", "postfix", "stop").succeeded();
            Result mailq = machine.exec("usuario", "", "mailq");
            assertThat(mailq.status()).isEqualTo(69);
            assertThat(mailq.out()).isEmpty();
            assertThat(mailq.err()).contains("mail system is down");
            assertThat(machine.exec("usuario", "", "postqueue", "-f").status()).isEqualTo(69);
            assertThat(machine.exec("root", "", "mailq").status()).isZero();
            return "";
        });
    }

    @Test
    void withTheDaemonDownRootHearsOfMailThatWaitsOutsideTheQueue() {
        var _ = machines.both(machine -> {
            machine.exec("root", "", "postfix", "stop").succeeded();
            machine.exec("usuario", "Subject: x\n\nhola\n", "sendmail", "otro").succeeded();
            Result mailq = machine.exec("root", "", "mailq");
            assertThat(mailq.status()).isZero();
            if (machine.mta() == Mta.REFERENCE) {
                assertThat(mailq.out()).contains("otro");
            } else {
                assertThat(mailq.err()).contains("not listed: 1 in ").contains("taken in when the mail system starts");
            }
            machine.exec("root", "", "postfix", "start").succeeded();
            machine.awaitUntil(
                    "it is delivered",
                    () -> machine.exec("root", "", "grep", "-c", "hola", "/var/mail/otro")
                            .out()
                            .startsWith("1"));
            return "";
        });
    }

    private static long outcomes(Machine machine, int mark, String id) {
        return Submission.outcomes(machine, mark).stream()
                .filter(line -> line.queueId().equals(id))
                .count();
    }

    /** Submits a message that will wait, and waits until it does; its queue id. */
    private static String submit(Machine machine) {
        int mark = machine.mailLog().size();
        machine.exec(
                        "usuario",
                        "To: alguien@servidor-externo.org\nSubject: x\n\nhola\n",
                        machine.mta().sendmail(Mta.Client.C, List.of("-t")))
                .succeeded();
        String id = Submission.awaitOutcome(machine, mark).queueId();
        machine.awaitRest();
        return id;
    }

    private void compare(int messages, Daemon daemon, String... lines) {
        machines.both(machine -> session(machine, messages, daemon, lines)).areEqual();
    }

    private static String session(Machine machine, int messages, Daemon daemon, String... lines) {
        int mark = machine.mailLog().size();
        List<String> ids = new ArrayList<>();
        for (int i = 0; i < messages; i++) {
            ids.add(submit(machine));
        }
        if (daemon == Daemon.DOWN) {
            machine.exec("root", "", "postfix", "stop").succeeded();
        }
        Masks masks = new Masks(machine.mta(), Submission.news(machine, mark));
        StringBuilder all = new StringBuilder();
        for (String line : lines) {
            String command = line;
            for (int i = 0; i < ids.size(); i++) {
                command = command.replace("@" + i, ids.get(i));
            }
            if (daemon == Daemon.UP) {
                // what the last command made due is tried at once
                machine.awaitRest();
            }
            Result result = machine.shell(command);
            assertThat(result.out()).as("the columns of mailq").doesNotContainPattern(MISALIGNED);
            all.append("# ")
                    .append(line)
                    .append("\nstatus ")
                    .append(result.status())
                    .append('\n');
            all.append(normalized(masks.text(result.out())))
                    .append(normalized(Masks.withoutServices(masks.text(result.err()))));
        }
        return all.toString();
    }

    /** Sizes differ by the product's name, ids by their length; Postfix lists in the order of its folders. */
    private static String normalized(String text) {
        String masked = LISTED.matcher(text).replaceAll("$1$2 SIZE $3");
        masked = JSON_NUMBERS.matcher(masked).replaceAll("\"$1\": N");
        masked = FILE.matcher(masked).replaceAll("FILE/$1");
        masked = SIZES.matcher(masked).replaceAll("message_size: N");
        masked = ATTRIBUTES.matcher(masked).replaceAll("TIME");
        if (masked.startsWith("-Queue ID-")) {
            return listing(masked);
        }
        if (masked.startsWith("{\"queue_name\"") || masked.startsWith("postsuper: ")) {
            return String.join("\n", masked.lines().sorted().toList()) + "\n";
        }
        return masked;
    }

    private static String listing(String text) {
        int header = text.indexOf('\n') + 1;
        int footer = text.lastIndexOf("\n--");
        String[] blocks = text.substring(header, footer).split("\n\n", -1);
        List<String> sorted = Arrays.stream(blocks).map(String::strip).sorted().toList();
        return text.substring(0, header) + String.join("\n\n", sorted) + text.substring(footer);
    }
}
