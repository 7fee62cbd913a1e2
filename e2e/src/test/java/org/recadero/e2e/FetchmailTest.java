package org.recadero.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The chapter's «Intermediario entre MRA y MUA»: fetchmail and getmail pull from a real Dovecot and hand over, by SMTP to localhost and by a
 * pipe to sendmail, beside Postfix. What reaches the mailbox is the same byte for byte, from the first field of the message's own on; what was put on top
 * is the same but for ids and dates.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class FetchmailTest {
    private static final boolean LONG = Boolean.getBoolean("recadero.long");
    private static final long SEED =
            Long.parseLong("0" + System.getProperty("recadero.seed", "").replaceAll("\\D", ""));
    private static final String MAILDIR = "/home/usuario/Maildir";
    private static final int MEGABYTE = 1 << 20;
    private static final Duration DEADLINE = Duration.ofMinutes(LONG ? 20 : 4);

    /** Ids and dates that a mail system gave: no message has any in this shape. */
    private static final Pattern ID = Pattern.compile("\\bid [0-9A-F]{1,15}\\b");

    /** The retrieved mailbox's name for the message ends with the second in which that mailbox was made. */
    private static final Pattern GETMAIL_ID = Pattern.compile("(getmail6 msgid:[0-9a-f]{8})[0-9a-f]{8}");

    private static final Pattern MESSAGE_ID = Pattern.compile("<\\d{14}\\.[0-9A-F]{1,15}@cliente");
    private static final Pattern DATE =
            Pattern.compile("\\w{3}, [ \\d]?\\d \\w{3} \\d{4} \\d\\d:\\d\\d:\\d\\d \\+0000 \\(UTC\\)");
    /** The retriever's. */
    private static final Pattern FETCHED = Pattern.compile("\\d\\d? \\w{3} \\d{4} \\d\\d:\\d\\d:\\d\\d -0000");

    private final Map<Machine, Dovecot> servers = new ConcurrentHashMap<>();
    private SideBySide machines;

    @BeforeAll
    void setUp() {
        machines = SideBySide.withMailPrograms(machine -> {
            Chapter.configure(machine);
            Chapter.settings(machine, List.of("home_mailbox = Maildir/"));
            if (machine.mta() == Mta.REFERENCE) {
                // the names of /etc/hosts, which nobody copies into the folder where Debian shuts it in (postconf -F)
                machine.shell("postconf -F '*/*/chroot=n'").succeeded();
            }
            if (LONG) {
                Chapter.settings(machine, List.of("message_size_limit = 41943040"));
            }
            Chapter.start(machine);
            servers.put(machine, Dovecot.start(machine));
        });
    }

    @AfterAll
    void close() {
        if (machines != null) {
            machines.close();
        }
    }

    /** In short 100 messages and one of 2 MB; the full figures 990 of up to 50 KB, 9 of 1 to 9 MB, one of 20 MB. */
    private static List<byte[]> mail() {
        List<byte[]> mail = new ArrayList<>(OddMail.list(SEED, LONG ? 990 : 100, LONG ? 50_000 : 10_000));
        if (LONG) {
            for (int i = 1; i <= 9; i++) {
                mail.add(OddMail.large(mail.size(), i * MEGABYTE));
            }
        }
        mail.add(OddMail.large(mail.size(), (LONG ? 20 : 2) * MEGABYTE));
        return mail;
    }

    /**
     * Some of the odd ones stay on the server: fetchmail leaves what has a bad header (its bad-header option) and what is refused for its sender. Which,
     * and what it says of them, must be the same too.
     */
    @ParameterizedTest
    @CsvSource({"pop3, smtp", "imap, smtp", "pop3, mda", "imap, mda"})
    void fetchmailBringsEveryByteAsWithPostfix(String protocol, String way) {
        List<byte[]> mail = mail();
        areSame(machines.both(machine -> {
            Dovecot server = servers.get(machine);
            String account = protocol + way;
            server.fill(account, mail);
            List<String> options = way.equals("mda") ? List.of("--mda", "sendmail -i -f %F -- %T") : List.of();
            Result fetched = fetchmail(machine, protocol, account, "usuario", options);
            return new Brought(
                    fetched.status() + "\n" + fetched.out() + fetched.err(),
                    left(server, account),
                    arrived(machine, mail.size() - server.count(account)));
        }));
    }

    /**
     * Its destination is a shell that ends only when getmail waits for its end (asleep, with a handler for SIGCHLD): getmail 6.18 misses
     * the end of a program that is quicker than itself.
     */
    @Test
    void getmailBringsEveryByteAsWithPostfix() {
        List<byte[]> mail = mail();
        areSame(machines.both(machine -> {
            Dovecot server = servers.get(machine);
            server.fill("getmail", mail);
            machine.exec(
                            "usuario",
                            """
                            [retriever]
                            type = SimplePOP3Retriever
                            server = 127.0.0.1
                            username = getmail
                            password = secreto
                            [destination]
                            type = MDA_external
                            path = /bin/sh
                            arguments = ("-c", 'exec 2>&1; %s -i -f "$0" -- usuario; s=$?; p=/proc/$PPID/status; until grep -q "^SigCgt:.*[13579bdf]....$" $p && grep -q "^State:.*sleeping" $p; do sleep 0.01; done; exit $s', "%%(sender)")
                            [options]
                            delete = true
                            """.formatted(machine.mta().sendmail(Mta.Client.C, List.of())[0]),
                            "sh",
                            "-c",
                            "mkdir -p ~/.getmail && cat >~/.getmail/getmailrc")
                    .succeeded();
            Result fetched = machine.exec(DEADLINE, "usuario", new byte[0], "getmail", "-q");
            assertThat(fetched.status()).as(fetched.out() + fetched.err()).isZero();
            return new Brought(
                    fetched.status() + "\n" + fetched.out() + fetched.err(),
                    left(server, "getmail"),
                    arrived(machine, mail.size()));
        }));
    }

    /**
     * @param said the retriever's exit status and output
     * @param left numbers of the messages that are still on the server
     * @param arrived by number
     */
    private record Brought(String said, List<Integer> left, Map<Integer, String> arrived) {}

    private static List<Integer> left(Dovecot server, String account) {
        return server.messages(account).stream().map(OddMail::number).sorted().toList();
    }

    /** What fetchmail does where a message is larger than message_size_limit, and where the recipient is not known. */
    @ParameterizedTest
    @CsvSource({"grande, usuario, 41500000", "desconocido, noexiste, 2000"})
    void fetchmailTreatsARefusalAsWithPostfix(String account, String recipient, int bytes) {
        machines.both(machine -> {
                    servers.get(machine)
                            .fill(account, List.of(OddMail.large(0, LONG || bytes < MEGABYTE ? bytes : bytes / 4)));
                    int mark = machine.mailLog().size();
                    Result fetched = fetchmail(machine, "pop3", account, recipient, List.of());
                    machine.awaitUntil("the session ends", () -> {
                        long begun = count(machine, mark, "connect from");
                        return begun > 0 && count(machine, mark, "disconnect from") >= begun;
                    });
                    machine.awaitEmptyQueue();
                    List<String> notices = taken(machine);
                    return "status %d\n%s%s\nleft on the server: %d\nrefused: %s\nin the mailbox:\n%s"
                            .formatted(
                                    fetched.status(),
                                    fetched.out(),
                                    fetched.err(),
                                    servers.get(machine).count(account),
                                    Submission.since(machine, mark).stream()
                                            .map(LogLine::text)
                                            .filter(line -> line.startsWith("NOQUEUE: "))
                                            .toList(),
                                    String.join(
                                            "\n",
                                            notices.stream()
                                                    .map(FetchmailTest::masked)
                                                    .toList()));
                })
                .areEqual();
    }

    private static long count(Machine machine, int mark, String start) {
        return Submission.since(machine, mark).stream()
                .filter(line -> line.text().startsWith(start))
                .count();
    }

    private static Result fetchmail(
            Machine machine, String protocol, String account, String recipient, List<String> options) {
        String file = ".fetchmailrc-" + account;
        machine.exec(
                        "usuario",
                        "poll 127.0.0.1 proto %s user \"%s\" there with password \"%s\" is \"%s\" here sslproto ''\n"
                                .formatted(protocol, account, Dovecot.PASSWORD, recipient),
                        "sh",
                        "-c",
                        "umask 077 && cat >" + file)
                .succeeded();
        List<String> command = new ArrayList<>(List.of("fetchmail", "-f", file));
        command.addAll(options);
        return machine.exec(DEADLINE, "usuario", new byte[0], command.toArray(String[]::new));
    }

    /** Waits for so many messages; each by its number, with its masked trace. They leave the mailbox. */
    private static Map<Integer, String> arrived(Machine machine, int count) {
        machine.awaitUntil(
                count + " messages in the mailbox",
                () -> machine.shell("ls " + MAILDIR + "/new | wc -l").line().equals(Integer.toString(count)),
                DEADLINE);
        machine.awaitEmptyQueue();
        Map<Integer, String> arrived = new TreeMap<>();
        for (String message : taken(machine)) {
            String itself = OddMail.itself(message);
            arrived.put(
                    OddMail.number(message),
                    FETCHED.matcher(masked(OddMail.trace(message))).replaceAll("DATE") + masked(itself));
        }
        assertThat(arrived).hasSize(count).hasSizeGreaterThan(80);
        return arrived;
    }

    /** Fails with each number whose message differs, and the place of the first difference. */
    private static void areSame(SideBySide.Pair<Brought> both) {
        Map<Integer, String> subject = both.subject().arrived();
        StringBuilder wrong = new StringBuilder();
        both.reference().arrived().forEach((number, theirs) -> {
            String ours = subject.getOrDefault(number, "");
            int at = 0;
            while (at < Math.min(ours.length(), theirs.length()) && ours.charAt(at) == theirs.charAt(at)) {
                at++;
            }
            if (!ours.equals(theirs)) {
                wrong.append("\nmessage %d differs at %d:\n  ours   %s\n  Postfix %s"
                        .formatted(number, at, near(ours, at), near(theirs, at)));
            }
        });
        assertThat(wrong.toString()).isEmpty();
        assertThat(subject.keySet()).isEqualTo(both.reference().arrived().keySet());
        assertThat(both.subject().said()).isEqualTo(both.reference().said());
        assertThat(both.subject().left()).isEqualTo(both.reference().left());
    }

    private static String near(String text, int at) {
        return text.substring(Math.max(0, at - 60), Math.min(text.length(), at + 60))
                .replace("\n", "\\n")
                .replace("\r", "\\r")
                .replace("\0", "\\0");
    }

    private static List<String> taken(Machine machine) {
        List<String> messages = Maildirs.messages(machine, MAILDIR);
        machine.shell("rm -rf " + MAILDIR).succeeded();
        return messages;
    }

    private static String masked(String text) {
        String masked = ID.matcher(text).replaceAll("id ID");
        masked = GETMAIL_ID.matcher(masked).replaceAll("$1");
        masked = MESSAGE_ID.matcher(masked).replaceAll("<ID@cliente");
        return DATE.matcher(masked).replaceAll("DATE").replace(Mta.subject().mailName(), Mta.REFERENCE.mailName());
    }
}
