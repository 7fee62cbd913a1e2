package org.recadero.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Mailboxes that are not what they should be: the mail is deferred or bounced as by Postfix, with its status code, and
 * nothing is written elsewhere (SAFETY 6, CONTRACTS «spool folder»).
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class MailboxHazardsTest {
    private final Map<Machine, List<String>> settled = new ConcurrentHashMap<>();
    private SideBySide machines;

    /**
     * @param name what is wrong
     * @param settings of main.cf while it is so
     * @param before shell lines that make it so; the mailbox of usuario is not there yet
     * @param after shell lines that undo it
     * @param untouched a file that must stay as {@code before} left it, where there is one
     * @param differs where the outcome is not Postfix's
     */
    record Hazard(
            String name,
            List<String> settings,
            String before,
            String after,
            String untouched,
            Optional<Differs> differs) {
        Hazard(String name, List<String> settings, String before, String after, String untouched) {
            this(name, settings, before, after, untouched, Optional.empty());
        }

        static Hazard of(String name, String before, String after, String untouched) {
            return new Hazard(name, List.of(), before, after, untouched);
        }

        Hazard differs(String why, String ours) {
            return new Hazard(name, settings, before, after, untouched, Optional.of(new Differs(why, ours)));
        }

        @Override
        public String toString() {
            return name;
        }
    }

    @BeforeAll
    void setUp() {
        machines = SideBySide.with(Chapter::setUp);
    }

    @AfterAll
    void close() {
        if (machines != null) {
            machines.close();
        }
    }

    @ParameterizedTest
    @MethodSource("hazards")
    void endsAsWithPostfixAndWritesNowhereElse(Hazard hazard) {
        SideBySide.Pair<String> outcomes = machines.both(machine -> outcome(machine, hazard));
        if (Differs.applies() && hazard.differs().isPresent()) {
            hazard.differs().get().check(hazard.name(), outcomes.subject(), outcomes.reference());
        } else {
            outcomes.areEqual();
        }
    }

    private String outcome(Machine machine, Hazard hazard) {
        machine.shell("rm -rf /var/mail/* /home/usuario/Maildir /tmp/objetivo").succeeded();
        settle(machine, hazard.settings());
        try {
            machine.shell(hazard.before()).succeeded();
            String kept = hazard.untouched().isEmpty() ? "" : seen(machine, hazard.untouched());
            int mark = machine.mailLog().size();
            machine.exec(
                            "root",
                            "From: <>\nSubject: x\n\nhola\n",
                            machine.mta().sendmail(Mta.Client.C, List.of("-f", "", "usuario@localhost")))
                    .succeeded();
            LogLine line = Submission.awaitOutcome(machine, mark);
            if (!hazard.untouched().isEmpty()) {
                assertThat(seen(machine, hazard.untouched())).isEqualTo(kept);
            }
            return "dsn=%s, status=%s"
                    .formatted(line.field("dsn"), line.text().replaceAll(".* status=", ""))
                    .replaceAll("Maildir/tmp/[^ :]+", "Maildir/tmp/NAME");
        } finally {
            machine.shell("postsuper -d ALL; " + hazard.after());
        }
    }

    /** Gives main.cf these settings beside the chapter's; a reload only where they are not the last ones. */
    private void settle(Machine machine, List<String> settings) {
        List<String> last = settled.getOrDefault(machine, List.of());
        if (settings.equals(last)) {
            return;
        }
        for (String setting : last) {
            machine.exec("root", "", "postconf", "-X", setting.replaceAll(" *=.*", ""))
                    .succeeded();
        }
        List<String> all = new ArrayList<>(Chapter.LOCAL_ONLY);
        all.addAll(settings);
        Chapter.reloadWith(machine, all.toArray(String[]::new));
        settled.put(machine, settings);
    }

    private static String seen(Machine machine, String path) {
        return machine.ownerAndMode(path) + "\n"
                + machine.shell("stat -L -c '%F %s %h' " + path + "; [ -p " + path + " ] || cat " + path + "/ " + path)
                        .out();
    }

    static Stream<Hazard> hazards() {
        return Stream.of(files(), folders(), homes(), limits()).flatMap(h -> h);
    }

    private static Stream<Hazard> files() {
        String mailbox = "/var/mail/usuario";
        return Stream.of(
                Hazard.of("no mailbox yet", ":", ":", ""),
                Hazard.of(
                        "a symlink to his own file",
                        "install -o usuario -m 600 /dev/null /tmp/objetivo; ln -s /tmp/objetivo " + mailbox,
                        ":",
                        "/tmp/objetivo"),
                Hazard.of(
                        "his symlink to another's file",
                        "install -o otro -m 666 /dev/null /tmp/objetivo; ln -s /tmp/objetivo " + mailbox
                                + "; chown -h usuario " + mailbox,
                        ":",
                        "/tmp/objetivo"),
                Hazard.of("a symlink to nothing", "ln -s /tmp/objetivo " + mailbox, ":", "/tmp/objetivo")
                        .differs(
                                "no link is followed, so that nobody learns where it leads (SAFETY 6)",
                                "dsn=5.2.0, status=bounced (cannot update mailbox /var/mail/usuario for user usuario. "
                                        + "file is a symbolic link)"),
                Hazard.of("a FIFO", "mkfifo -m 600 " + mailbox + "; chown usuario " + mailbox, ":", mailbox),
                Hazard.of("a folder", "mkdir " + mailbox + "; chown usuario " + mailbox, ":", mailbox),
                Hazard.of("a device", "mknod -m 666 " + mailbox + " c 1 3; chown usuario " + mailbox, ":", mailbox),
                Hazard.of("a file of root's", "install -m 600 /dev/null " + mailbox, ":", mailbox),
                Hazard.of(
                        "a file of another's that all may write",
                        "install -o otro -m 666 /dev/null " + mailbox,
                        ":",
                        mailbox),
                Hazard.of(
                        "a file with two names",
                        "install -o usuario -m 600 /dev/null /var/mail/x; ln /var/mail/x " + mailbox,
                        ":",
                        "/var/mail/x"),
                Hazard.of("a mailbox he may not write", "install -o usuario -m 400 /dev/null " + mailbox, ":", ""),
                Hazard.of(
                        "an old text without a blank line at its end",
                        "printf 'From x\\n\\nno' >" + mailbox + "; chown usuario " + mailbox,
                        ":",
                        ""));
    }

    private static Stream<Hazard> folders() {
        List<String> maildir = List.of("home_mailbox = Maildir/");
        return Stream.of(
                Hazard.of(
                                "a read-only spool",
                                "mount --bind /var/mail /var/mail; mount -o remount,ro,bind /var/mail",
                                "umount /var/mail",
                                "")
                        .differs(
                                "mail waits for a fault of the machine's, it does not go back (SAFETY 16–18)",
                                "dsn=4.3.0, status=deferred (cannot update mailbox /var/mail/usuario for user usuario. unable"
                                        + " to create lock file /var/mail/usuario.lock: Read-only file system)"),
                Hazard.of(
                        "a full spool",
                        "mount -t tmpfs -o size=4k,mode=1777 x /var/mail; head -c 4096 /dev/zero >/var/mail/z",
                        "umount /var/mail",
                        ""),
                Hazard.of("a spool that is not there", "mv /var/mail /var/mail.x", "mv /var/mail.x /var/mail", "")
                        .differs(
                                "mail waits for a fault of the machine's, it does not go back (SAFETY 16–18)",
                                "dsn=4.3.0, status=deferred (cannot access mail spool /var/mail: No such file or directory)"),
                Hazard.of(
                        "a spool that all may write",
                        "mount -t tmpfs -o mode=1777 x /var/mail",
                        "umount /var/mail",
                        ""),
                new Hazard(
                        "no home", maildir, "mv /home/usuario /home/usuario.x", "mv /home/usuario.x /home/usuario", ""),
                new Hazard(
                        "a home that is not his",
                        maildir,
                        "chown root /home/usuario; chmod 755 /home/usuario",
                        "chown usuario /home/usuario",
                        ""),
                new Hazard(
                        "a Maildir that is a file",
                        maildir,
                        "install -o usuario /dev/null /home/usuario/Maildir",
                        "rm /home/usuario/Maildir",
                        ""),
                new Hazard(
                        "a Maildir that is a symlink to his folder",
                        maildir,
                        "install -d -o usuario /tmp/objetivo; ln -s /tmp/objetivo /home/usuario/Maildir",
                        "rm -rf /home/usuario/Maildir /tmp/objetivo",
                        ""),
                new Hazard(
                        "a Maildir that he may not write",
                        maildir,
                        "install -d -o usuario -m 500 /home/usuario/Maildir",
                        "rm -rf /home/usuario/Maildir",
                        ""),
                new Hazard(
                        "an mbox in his home",
                        List.of("home_mailbox = Mailbox"),
                        ":",
                        "rm -f /home/usuario/Mailbox",
                        ""));
    }

    /** Postfix: postconf(5), require_home_directory. */
    private static Stream<Hazard> homes() {
        List<String> required = List.of("require_home_directory = yes");
        String away = "mv /home/usuario /home/usuario.x";
        String back = "rm -f /home/usuario; mv /home/usuario.x /home/usuario";
        return Stream.of(
                new Hazard("a home that is there", required, ":", ":", ""),
                new Hazard("a home that must be there", required, away, back, ""),
                new Hazard("a home that is a file", required, away + "; touch /home/usuario", back, "")
                        .differs(
                                "a file is no home: mail waits until there is one",
                                "dsn=4.3.0, status=deferred (cannot access home directory /home/usuario: Not a directory)"),
                new Hazard("a home behind a closed door", required, "chmod 700 /home", "chmod 755 /home", ""),
                new Hazard(
                        "a command of who must have a home",
                        List.of("require_home_directory = yes", "mailbox_command = cat >/tmp/objetivo"),
                        away,
                        back,
                        ""));
    }

    private static Stream<Hazard> limits() {
        List<String> small = List.of("message_size_limit = 2000", "mailbox_size_limit = 2000");
        return Stream.of(
                new Hazard(
                        "a full mailbox",
                        small,
                        "head -c 1990 /dev/zero | tr '\\0' x >/var/mail/usuario; chown usuario /var/mail/usuario",
                        ":",
                        "/var/mail/usuario"),
                new Hazard(
                        "a mailbox over the limit already",
                        small,
                        "head -c 5000 /dev/zero | tr '\\0' x >/var/mail/usuario; chown usuario /var/mail/usuario",
                        ":",
                        "/var/mail/usuario"));
    }
}
