package org.recadero.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The chapter's local delivery from the keyboard to the mailbox, with the C client and with the Java client, each beside
 * Postfix in the same run: same message, same mailbox, same log, but for ids, dates and the product's name.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ChapterLocalDeliveryTest {
    private final Map<String, Submission.Observed> references = new HashMap<>();
    private SideBySide machines;

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
    @EnumSource
    void theChaptersMessageFromRootLiesInTheMailboxOfUsuario(Mta.Client client) {
        Machine machine = machines.subject();
        machine.shell("rm -f /var/mail/*").succeeded();
        int mark = machine.mailLog().size();

        Result result = machine.exec("root", Chapter.MESSAGE, machine.mta().sendmail(client, List.of("-t")));

        assertThat(result).isEqualTo(new Result(0, "", ""));
        Submission.awaitQuiet(machine, mark);
        assertThat(machine.ownerAndMode("/var/mail/usuario")).isEqualTo("1001:8:600");
        assertThat(machine.read("/var/mail/usuario"))
                .startsWith("From root@example.net  ")
                .contains("\nReturn-Path: <root@example.net>\nX-Original-To: usuario@localhost\n"
                        + "Delivered-To: usuario@localhost\nReceived: by cliente.example.net ("
                        + machine.mta().mailName() + ", from userid 0)\n\tid ")
                .contains("\nFrom: root@localhost\nTo: usuario@localhost\nSubject: Test SMTP\nMessage-Id: <")
                .endsWith("\n\nPrueba de entrega...\n\n");
        assertThat(machine.exec("usuario", "", "mailq")).isEqualTo(new Result(0, "Mail queue is empty\n", ""));
    }

    static Stream<Arguments> submissionsByBothClients() {
        return submissions().flatMap(s -> Stream.of(Mta.Client.values()).map(client -> Arguments.of(s, client)));
    }

    @ParameterizedTest(name = "{0}, {1} client")
    @MethodSource("submissionsByBothClients")
    void deliversAndLogsAsPostfixDoes(Submission submission, Mta.Client client) {
        Submission.Observed subject = submission.observe(machines.subject(), client);
        Submission.Observed reference = references.computeIfAbsent(
                submission.name(), name -> submission.observe(machines.reference(), Mta.Client.C));

        assertThat(subject.result()).isEqualTo(reference.result());
        assertThat(subject.mailboxes()).isEqualTo(reference.mailboxes());
        assertThat(subject.log()).isEqualTo(reference.log());
    }

    /** What the size in the log counts: the message as queued with CRLF (lines under 128 octets), without delivery's fields. */
    @Test
    void theSizeInTheLogIsThatOfTheQueuedMessage() {
        for (Machine machine : List.of(machines.subject(), machines.reference())) {
            machine.shell("rm -f /var/mail/*").succeeded();
            int mark = machine.mailLog().size();
            machine.exec("root", Chapter.MESSAGE, machine.mta().sendmail(Mta.Client.C, List.of("-t")))
                    .succeeded();
            Submission.awaitQuiet(machine, mark);

            String mailbox = machine.read("/var/mail/usuario");
            String queued = mailbox.substring(mailbox.indexOf("Received: "), mailbox.length() - 1)
                    .replace("\n", "\r\n");
            assertThat(Submission.since(machine, mark).stream().map(line -> line.field("size")))
                    .contains(Integer.toString(queued.length()));
        }
    }

    @ParameterizedTest
    @EnumSource
    void deliversToAMaildirWhereHomeMailboxSaysSo(Mta.Client client) {
        Chapter.reloadWith(machines.subject(), "home_mailbox = Maildir/");
        Chapter.reloadWith(machines.reference(), "home_mailbox = Maildir/");
        try {
            String subject = maildirDelivery(machines.subject(), client);
            assertThat(subject).isEqualTo(maildirDelivery(machines.reference(), Mta.Client.C));
            assertThat(subject).startsWith("1001:1001:600\nReturn-Path: <root@example.net>\n");
        } finally {
            Chapter.reloadWith(machines.subject(), "home_mailbox =");
            Chapter.reloadWith(machines.reference(), "home_mailbox =");
        }
    }

    private static String maildirDelivery(Machine machine, Mta.Client client) {
        machine.shell("rm -rf /home/usuario/Maildir").succeeded();
        int mark = machine.mailLog().size();
        machine.exec("root", Chapter.MESSAGE, machine.mta().sendmail(client, List.of("-t")))
                .succeeded();
        Submission.awaitQuiet(machine, mark);

        String maildir = "/home/usuario/Maildir";
        for (String folder : List.of("", "/new", "/cur", "/tmp")) {
            assertThat(machine.ownerAndMode(maildir + folder)).isEqualTo("1001:1001:700");
        }
        assertThat(names(machine, maildir + "/tmp")).isEmpty();
        List<String> names = names(machine, maildir + "/new");
        assertThat(names).hasSize(1);
        // SAFETY 16: the name is made of the time, randomness from intake and the host, never of a queue id that may
        // recur
        assertThat(names.getFirst()).matches("\\d{9,10}\\.[A-Za-z0-9_,=.-]+\\.cliente(\\.example\\.net)?");
        List<LogLine> log = Submission.news(machine, mark);
        Masks masks = new Masks(machine.mta(), log);
        String file = maildir + "/new/" + names.getFirst();
        return masks.text(machine.ownerAndMode(file) + "\n" + machine.read(file)) + "\n" + masks.log(log);
    }

    private static List<String> names(Machine machine, String folder) {
        try (Stream<Path> files = Files.list(machine.file(folder))) {
            return files.map(file -> file.getFileName().toString()).toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Submission typed(String name, String user, String text) {
        return new Submission(name, user, List.of("-t"), text);
    }

    private static Submission to(String name, String user, List<String> arguments, String text) {
        return new Submission(name, user, arguments, text);
    }

    static Stream<Submission> submissions() {
        return Stream.of(addresses(), headers(), contents(), failures()).flatMap(s -> s);
    }

    private static Stream<Submission> addresses() {
        return Stream.of(
                typed("the chapter's message", "root", Chapter.MESSAGE),
                typed("to example.net", "root", "From: root\nTo: usuario@example.net\nSubject: x\n\nhola\n"),
                typed("to the host's own name", "otro", "To: usuario@cliente.example.net\nSubject: x\n\nhola\n"),
                to("between ordinary users by a bare name", "usuario", List.of("otro"), "Subject: a otro\n\nhola\n"),
                to("to root", "usuario", List.of("root"), "Subject: a root\n\nhola\n"),
                to("to postmaster by an alias", "usuario", List.of("postmaster"), "Subject: alias\n\nhola\n"),
                to("with an extension", "root", List.of("usuario+lista@localhost"), "Subject: x\n\nhola\n"),
                to("in capitals", "root", List.of("USUARIO@LocalHost"), "Subject: x\n\nhola\n"),
                to("the null sender", "root", List.of("-f", "<>", "usuario"), "Subject: x\n\nhola\n"),
                to("an empty -f", "root", List.of("-f", "", "usuario"), "Subject: x\n\nhola\n"),
                to("a sender of one's own", "usuario", List.of("-fpepe@gmail.com", "otro"), "Subject: x\n\nhola\n"),
                to("a name of one's own", "usuario", List.of("-F", "Don Quijote", "otro"), "Subject: x\n\nhola\n"),
                to("a name that needs quotes", "usuario", List.of("-F", "Q. \"de la\" M., (x)", "otro"), "\nhola\n"),
                to("two recipients", "root", List.of("usuario", "otro@example.net"), "Subject: x\n\nhola\n"),
                to("one recipient twice", "root", List.of("usuario", "usuario@example.net", "usuario"), "\nhola\n"),
                to("-t with a recipient more", "root", List.of("-t", "otro"), "To: usuario\nSubject: x\n\nhola\n"),
                to("clustered options", "usuario", List.of("-itfotro@example.net"), "To: usuario\n\n.\nhola\n"));
    }

    private static Stream<Submission> headers() {
        return Stream.of(
                typed("Cc and Bcc", "usuario", "To: otro\nCc: root\nBcc: usuario\nSubject: x\n\nhola\n"),
                typed("Bcc alone", "usuario", "Bcc: otro\nSubject: x\n\nhola\n"),
                typed(
                        "Resent fields",
                        "usuario",
                        "From: root\nTo: root\nResent-From: usuario\nResent-To: otro\nResent-Bcc: usuario\n\nhola\n"),
                typed("names, groups and comments", "root", """
                        From: "Root, el" <root>
                        To: Usuario <usuario>, grupo: otro@localhost (el otro), root;
                        Subject: x

                        hola
                        """).foldedByPostfixOnly(),
                typed(
                        "fields that need no change stay byte for byte",
                        "root",
                        "from:   root@LOCALHOST\nTO: \tusuario@localhost ,\n\t\"O\" <otro@localhost>  \nsubject:x\n\nhola\n"),
                typed("fields that are there are not added", "otro", """
                        Date: Mon, 01 Jan 2024 10:00:00 +0100
                        Message-Id: <1@otro>
                        From: otro@localhost
                        To: usuario@localhost
                        Return-Path: <x@y>

                        hola
                        """),
                to("a body alone", "otro", List.of("usuario"), "hola, esto no es una cabecera\notra\n"),
                to(
                        "a From_ line on top",
                        "otro",
                        List.of("usuario"),
                        "From x Mon Jan  1 00:00:00 2024\nSubject: x\n\nhola\n"),
                to("a field without a name", "otro", List.of("usuario"), "Subject: x\n: nada\n\nhola\n"),
                to("a continued first line", "otro", List.of("usuario"), " Subject: x\n\nhola\n"),
                to("8 bits in the subject", "otro", List.of("usuario"), "Subject: señal ñ\nTo: usuario\n\nhola\n"),
                to(
                        "Errors-To and Apparently-To",
                        "otro",
                        List.of("usuario"),
                        "Errors-To: a\nApparently-To: b\n\nhola\n"),
                to(
                                "a long list of recipients folded",
                                "root",
                                List.of("-t"),
                                "To: usuario" + ", usuario@localhost".repeat(40) + "\nSubject: x\n\nhola\n")
                        .foldedByPostfixOnly());
    }

    private static Stream<Submission> contents() {
        return Stream.of(
                to("no text at all", "root", List.of("usuario"), ""),
                to("a header alone", "root", List.of("usuario"), "Subject: sin cuerpo\n"),
                to("no line end at the end", "root", List.of("usuario"), "Subject: x\n\nhola"),
                to("lines with CRLF", "root", List.of("usuario"), "Subject: x\r\n\r\nhola\r\nadios\r\n"),
                to("a stray CR", "root", List.of("usuario"), "Subject: x\n\nho\rla\n"),
                to(
                        "From in the body",
                        "root",
                        List.of("usuario"),
                        "Subject: x\n\nFrom aqui\n>From alla\n From\nFromage\n"),
                to("a single dot ends it", "root", List.of("usuario"), "Subject: x\n\nhola\n.\nno se lee\n"),
                to("a single dot with -i", "root", List.of("-i", "usuario"), "Subject: x\n\nhola\n.\nse lee\n"),
                to("-oi and dots", "root", List.of("-oi", "usuario"), "Subject: x\n\n..\n.\n...\n"),
                to("8 bits in the body", "root", List.of("-B8BITMIME", "usuario"), "Subject: x\n\nñandú\n"),
                to("a line of 30,000", "root", List.of("usuario"), "Subject: x\n\n" + "x".repeat(30_000) + "\nfin\n"),
                to("a header of 3,000", "root", List.of("usuario"), "Subject: " + "x".repeat(3_000) + "\n\nfin\n"),
                to("blank lines at the end", "root", List.of("usuario"), "Subject: x\n\nhola\n\n\n\n"),
                to("100 KB", "root", List.of("usuario"), "Subject: x\n\n" + "0123456789abcde\n".repeat(6400)));
    }

    private static Stream<Submission> failures() {
        return Stream.of(
                to("an unknown user comes back", "usuario", List.of("noexiste"), "Subject: x\n\nhola\n"),
                to(
                        "an unknown user of localhost comes back",
                        "otro",
                        List.of("-t"),
                        "To: noexiste@localhost\n\nhola\n"),
                to("one known, one unknown", "otro", List.of("usuario", "noexiste"), "Subject: x\n\nhola\n"),
                to("two unknown", "otro", List.of("noexiste", "tampoco@example.net"), "Subject: x\n\nhola\n"),
                to("an unknown user from the null sender", "root", List.of("-f<>", "noexiste"), "Subject: x\n\nhola\n"),
                to("a remote recipient comes back", "usuario", List.of("alguien@servidor-externo.org"), "\nhola\n"),
                to("a remote recipient with an underscore", "usuario", List.of("a@servidor_externo.org"), "\nhola\n"),
                to("headers only are returned", "usuario", List.of("-R", "hdrs", "noexiste"), "Subject: x\n\nhola\n"),
                to("never notified", "usuario", List.of("-N", "never", "noexiste"), "Subject: x\n\nhola\n"),
                to("an envelope id", "usuario", List.of("-V", "abc+3D1", "noexiste"), "Subject: x\n\nhola\n"),
                to(
                        "asked to tell of success",
                        "usuario",
                        List.of("-N", "success,failure", "otro"),
                        "Subject: x\n\nhola\n"),
                to("8 bits that come back", "usuario", List.of("noexiste"), "Subject: ñ\n\nñandú\n"));
    }
}
