package org.recadero.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every user's mail where he wants it, beside Postfix: mbox, Maildir, LMTP to Dovecot, procmail by {@code mailbox_command} and by the {@code .forward} of its manual
 * with a real {@code .procmailrc}, files that a {@code .forward} names. What lies there is read back by mutt and by Dovecot.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class MailboxesTest {
    /** Lists into a Maildir, one subject into an mbox, one extension into another, one refused, a copy of the rest. */
    private static final String PROCMAILRC = """
            MAILDIR=$HOME/correo
            LOGFILE=$HOME/procmail.log
            EXTENSION=$1

            :0
            * ^Subject:.*lista
            lista/

            :0:
            * ^Subject:.*caja
            caja

            :0
            * ^Subject:.*rechaza
            {
              EXITCODE=77
              :0
              /dev/null
            }

            :0:
            * EXTENSION ?? facturas
            facturas

            :0 c
            copia/
            """;

    /** Dovecot's own Received. */
    private static final Pattern DOVECOTS = Pattern.compile(
            "id \\S+(\\s+\\(envelope-from <[^>]*>\\)\\s+for <[^>]*>; )\\w{3}, \\d\\d \\w{3} \\d{4} [\\d:]{8} \\+0000");

    private static final List<String> SUBJECTS =
            List.of("una lista", "una caja", "otra caja", "rechaza esto", "cualquiera", "otra cualquiera");

    private final Map<Machine, List<String>> settled = new ConcurrentHashMap<>();
    private SideBySide machines;

    /**
     * @param name what is special
     * @param settings of main.cf beside the chapter's
     * @param forward the user's .forward; empty: none
     * @param forwardFile its name
     * @param mboxes and
     * @param maildirs where mail must lie at the end, both in the user's home unless they begin with a slash
     */
    record Way(
            String name,
            List<String> settings,
            String forward,
            String forwardFile,
            List<String> mboxes,
            List<String> maildirs) {
        Way(String name, List<String> settings, String forward, List<String> mboxes, List<String> maildirs) {
            this(name, settings, forward, ".forward", mboxes, maildirs);
        }

        @Override
        public String toString() {
            return name;
        }
    }

    static Stream<Way> ways() {
        List<String> filed = List.of("correo/caja");
        List<String> kept = List.of("correo/lista", "correo/copia");
        return Stream.of(
                new Way("mbox", List.of(), "", List.of("/var/mail/usuario"), List.of()),
                new Way("Maildir", List.of("home_mailbox = Maildir/"), "", List.of(), List.of("Maildir")),
                new Way(
                        "procmail by mailbox_command",
                        List.of("mailbox_command = procmail -a \"$EXTENSION\""),
                        "",
                        List.of("/var/mail/usuario", "correo/caja", "correo/facturas"),
                        kept),
                new Way(
                        "procmail by .forward",
                        List.of(),
                        "\"|IFS=' ' && exec /usr/bin/procmail -f- || exit 75 #usuario\"\n",
                        Stream.concat(filed.stream(), Stream.of("/var/mail/usuario"))
                                .toList(),
                        kept),
                new Way(
                        "LMTP to Dovecot",
                        List.of("mailbox_transport = lmtp:unix:" + Dovecot.LMTP_SOCKET),
                        "",
                        List.of(),
                        List.of(Dovecot.folder("usuario"))),
                new Way(
                        "a .forward for an extension that may not stand in a path as it is",
                        List.of("forward_expansion_filter = abcdeghijklmnopqrstuvwxyz/"),
                        "/home/usuario/buzon\n",
                        ".forward__acturas",
                        List.of("buzon", "/var/mail/usuario"),
                        List.of()),
                new Way(
                        "files by .forward",
                        List.of(),
                        "# dos copias\n/home/usuario/buzon, \"/home/usuario/Buzones/\"\n\\usuario\n",
                        List.of("buzon", "/var/mail/usuario"),
                        List.of("Buzones")));
    }

    @BeforeAll
    void setUp() {
        machines = SideBySide.withMailPrograms(machine -> {
            Chapter.configure(machine);
            if (machine.mta() == Mta.REFERENCE) {
                // Dovecot's socket lies outside of the folder where Debian shuts lmtp in
                machine.shell("postconf -F '*/*/chroot=n'").succeeded();
            }
            Chapter.start(machine);
            Dovecot.start(machine);
        });
    }

    @AfterAll
    void close() {
        if (machines != null) {
            machines.close();
        }
    }

    @ParameterizedTest
    @MethodSource("ways")
    void mailLiesWhereItsUserWantsItAsWithPostfix(Way way) {
        machines.both(machine -> deliverAndLook(machine, way)).areEqual();
    }

    private String deliverAndLook(Machine machine, Way way) {
        settle(machine, way.settings());
        machine.shell(
                        "usuario",
                        "rm -rf ~/correo ~/procmail.log ~/Maildir ~/buzon ~/Buzones ~/.forward*; mkdir ~/correo")
                .succeeded();
        machine.shell("rm -rf /var/mail/* " + Dovecot.folder("usuario")).succeeded();
        machine.exec("usuario", PROCMAILRC, "sh", "-c", "cat >~/.procmailrc").succeeded();
        if (!way.forward().isEmpty()) {
            machine.exec("usuario", way.forward(), "sh", "-c", "cat >~/" + way.forwardFile())
                    .succeeded();
        }
        int mark = machine.mailLog().size();
        for (String subject : SUBJECTS) {
            // one after another: their order in an mbox is compared too
            send(machine, "usuario@localhost", subject);
        }
        send(machine, "usuario+facturas@localhost", "con sufijo");

        Masks masks = new Masks(machine.mta(), Submission.news(machine, mark));
        StringBuilder seen = new StringBuilder();
        seen.append(masks.log(Submission.news(machine, mark)).replaceAll("> \\S+ Saved\\)", "> ID Saved)"));
        for (String mbox : way.mboxes()) {
            String text = machine.read(inHome(mbox));
            assertThat(text).as(mbox).isNotEmpty();
            seen.append("=== ")
                    .append(mbox)
                    .append(' ')
                    .append(machine.ownerAndMode(inHome(mbox)))
                    .append('\n');
            seen.append(masks.text(text));
            assertThat(readByMutt(machine, mbox)).as("mutt reads " + mbox).isEqualTo(subjects(text));
        }
        for (String maildir : way.maildirs()) {
            List<String> found = Maildirs.messages(machine, inHome(maildir));
            assertThat(found).as(maildir).isNotEmpty();
            seen.append("=== ").append(maildir).append('\n');
            seen.append(found.stream()
                    .map(text -> DOVECOTS.matcher(masks.text(text)).replaceAll("id ID$1DATE"))
                    .sorted()
                    .collect(Collectors.joining("---\n")));
            assertThat(readByMutt(machine, maildir))
                    .as("mutt reads " + maildir)
                    .containsExactlyInAnyOrderElementsOf(subjects(String.join("", found)));
            assertThat(readByDovecot(machine, "maildir:" + inHome(maildir)))
                    .as("Dovecot reads " + maildir)
                    .containsExactlyInAnyOrderElementsOf(subjects(String.join("", found)));
        }
        for (String mbox : way.mboxes()) {
            // last: it writes fields of its own into them
            List<String> expected = subjects(machine.read(inHome(mbox)));
            assertThat(readByDovecot(machine, "mbox:/home/usuario/nada:INBOX=" + inHome(mbox)))
                    .as("Dovecot reads " + mbox)
                    .isEqualTo(expected);
        }
        return seen.toString();
    }

    private static void send(Machine machine, String to, String subject) {
        int mark = machine.mailLog().size();
        machine.exec(
                        "otro",
                        "From: ana@example.net\nTo: %s\nSubject: %s\n\nCuerpo de %s,\nFrom aquí.\n"
                                .formatted(to, subject, subject),
                        machine.mta().sendmail(Mta.Client.C, List.of("-f", "root", to)))
                .succeeded();
        Submission.awaitQuiet(machine, mark);
    }

    private static String inHome(String path) {
        return path.startsWith("/") ? path : "/home/usuario/" + path;
    }

    private static List<String> subjects(String text) {
        return text.lines().filter(line -> line.startsWith("Subject: ")).toList();
    }

    /** Opens a folder in mutt, on a terminal, and has it copy all messages: the subjects of the copies. */
    private static List<String> readByMutt(Machine machine, String folder) {
        machine.exec("usuario", """
                        set folder=~ mbox_type=mbox confirmappend=no confirmcreate=no quit=yes move=no copy=no wait_key=no sort=mailbox-order
                        push "<tag-pattern>.<enter><tag-prefix><copy-message>/tmp/leido<enter><quit>"
                        """, "sh", "-c", "rm -f /tmp/leido; cat >/tmp/muttrc")
                .succeeded();
        String terminal = "stty rows 24 cols 80; TERM=vt100 exec mutt -n -R -F /tmp/muttrc -f " + inHome(folder);
        machine.exec(
                        "usuario",
                        "",
                        "timeout",
                        "60",
                        "python3",
                        "-c",
                        "import pty, sys; pty.spawn(['sh', '-c', sys.argv[1]])",
                        terminal)
                .succeeded();
        return subjects(machine.read("/tmp/leido"));
    }

    /** What Dovecot's own code for a kind of mailbox finds in it. */
    private static List<String> readByDovecot(Machine machine, String location) {
        return machine.exec(
                        "root",
                        "",
                        "doveadm",
                        "-o",
                        "mail_location=" + location,
                        "-o",
                        "mail_privileged_group=mail",
                        "fetch",
                        "-u",
                        "usuario",
                        "text",
                        "mailbox",
                        "INBOX")
                .succeeded()
                .out()
                .lines()
                .map(line -> line.replace("\r", ""))
                .filter(line -> line.startsWith("Subject: "))
                .map(MailboxesTest::eachByteACharacter)
                .toList();
    }

    /** Text as {@link Machine#read} gives it. */
    private static String eachByteACharacter(String text) {
        return new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
    }

    /** Gives main.cf these settings beside the chapter's; a reload only where they are not the last ones. */
    private void settle(Machine machine, List<String> settings) {
        List<String> last = settled.getOrDefault(machine, List.of());
        if (settings.equals(last)) {
            return;
        }
        Map<String, String> all = new TreeMap<>();
        last.forEach(line -> all.put(line.replaceAll(" *=.*", ""), ""));
        all.remove("mailbox_command");
        all.keySet()
                .forEach(
                        name -> machine.exec("root", "", "postconf", "-X", name).succeeded());
        Chapter.reloadWith(
                machine,
                Stream.concat(Chapter.LOCAL_ONLY.stream(), settings.stream()).toArray(String[]::new));
        settled.put(machine, settings);
    }
}
