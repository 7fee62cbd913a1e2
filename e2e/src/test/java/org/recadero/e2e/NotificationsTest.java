package org.recadero.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What a sender asks to be told (RFC 3461: NOTIFY, RET, ENVID, ORCPT), by SMTP and by sendmail's options, beside Postfix. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class NotificationsTest {
    private SideBySide machines;

    /**
     * @param mail parameters of MAIL
     * @param recipients RCPT's arguments: {@code <usuario@localhost> NOTIFY=…}
     */
    record Wish(String name, String mail, List<String> recipients) {
        @Override
        public String toString() {
            return name;
        }
    }

    static Stream<Wish> wishes() {
        String good = "<usuario@localhost>";
        String bad = "<fracaso@localhost>";
        return Stream.of(
                new Wish("nothing", "", List.of(good, bad)),
                new Wish("success", "", List.of(good + " NOTIFY=SUCCESS")),
                new Wish(
                        "success, with an envelope id and an original recipient",
                        " ENVID=pedido+2B7 RET=HDRS",
                        List.of(good + " NOTIFY=SUCCESS,FAILURE ORCPT=rfc822;Usuario+2Bx@Example.NET")),
                new Wish(
                        "success of two, one of an alias",
                        "",
                        List.of(good + " NOTIFY=SUCCESS", "<todos@localhost> NOTIFY=SUCCESS")),
                new Wish("success of a .forward to two", "", List.of("<reparte@localhost> NOTIFY=SUCCESS,FAILURE")),
                new Wish("success of a .forward that keeps a copy", "", List.of("<copia@localhost> NOTIFY=SUCCESS")),
                new Wish("never", "", List.of(bad + " NOTIFY=NEVER")),
                new Wish("failure with all of the message", " RET=FULL ENVID=x", List.of(bad + " NOTIFY=FAILURE")),
                new Wish("failure with the header only", " RET=HDRS", List.of(bad + " NOTIFY=FAILURE,DELAY")),
                new Wish("each his own", " RET=HDRS", List.of(good + " NOTIFY=NEVER", bad + " NOTIFY=FAILURE")));
    }

    @BeforeAll
    void setUp() {
        machines = SideBySide.with(machine -> {
            Chapter.configure(machine);
            machine.shell(
                            "for n in reparte copia aparte sitios; do useradd -m $n; done; echo usuario, root >/home/reparte/.forward; "
                                    + "echo '\\\\copia, usuario' >/home/copia/.forward; chown reparte /home/reparte/.forward; chown copia /home/copia/.forward; "
                                    + "echo '\\\\aparte, root' >/home/aparte/.forward; chown aparte /home/aparte/.forward; "
                                    + "echo '\"|/bin/true\", /home/sitios/caja/, \\\\sitios' >/home/sitios/.forward; chown sitios /home/sitios/.forward; "
                                    + "echo 'usuario, root' >/etc/lista")
                    .succeeded();
            machine.shell(
                            "printf 'todos: usuario\\nfracaso: \"|exit 77\"\\ndos: usuario, root\\nlista: :include:/etc/lista\\n"
                                    + "cosas: \"|/bin/true\", /tmp/cosas\\npropia: usuario, root\\nowner-propia: root\\n' >>/etc/aliases; newaliases")
                    .succeeded();
            if (machine.mta() == Mta.REFERENCE) {
                machine.shell("postconf -F '*/*/chroot=n'").succeeded();
            }
            Chapter.start(machine);
        });
    }

    @AfterAll
    void close() {
        if (machines != null) {
            machines.close();
        }
    }

    @ParameterizedTest
    @MethodSource("wishes")
    void isToldAsByPostfix(Wish wish) {
        machines.both(machine -> told(machine, () -> {
                    String commands = "EHLO c.example.net\nMAIL FROM:<otro@example.net>" + wish.mail() + "\n"
                            + wish.recipients().stream()
                                    .map(r -> "RCPT TO:" + r + "\n")
                                    .collect(Collectors.joining())
                            + "DATA\nFrom: otro@example.net\nSubject: aviso\nMessage-ID: <1@example.net>\n"
                            + "Date: Mon, 2 Nov 2026 10:00:00 +0100\n\ncuerpo\n.\nQUIT\n";
                    // one command at a time: the next only when the server has answered
                    return machine.exec("otro", commands.replace("\n", "\r\n"), "bash", "-c", """
                            exec 3<>/dev/tcp/127.0.0.1/25
                            answer() { while IFS= read -r a <&3 && [ "${a:3:1}" = - ]; do :; done; echo "${a:0:9}"; }
                            answer
                            data=
                            while IFS= read -r line; do
                              printf '%s\\n' "$line" >&3
                              case $data$line in
                              DATA*) answer; data=x ;;
                              x.?) answer; data= ;;
                              x*) ;;
                              *) answer ;;
                              esac
                            done
                            """);
                }))
                .areEqual();
    }

    /** An alias that names a command which fails. */
    @Test
    void nobodyIsToldOfSuccessThatWasNone() {
        SideBySide.Pair<String> told = machines.both(machine -> told(
                machine,
                () -> machine.exec(
                        "otro",
                        "Subject: aviso\n\ncuerpo\n",
                        machine.mta().sendmail(Mta.Client.C, List.of("-N", "success", "fracaso@localhost")))));
        if (Differs.applies()) {
            assertThat(told.subject()).doesNotContain("Action:");
            assertThat(told.reference()).contains("Action: expanded");
            Differs.note(
                    "NOTIFY=SUCCESS for an alias of a command that fails",
                    "Postfix reports success, as the alias was expanded; here nothing, as only success was asked for");
        } else {
            told.areEqual();
        }
    }

    @ParameterizedTest
    @MethodSource("options")
    void sendmailsOptionsAskTheSame(List<String> options) {
        machines.both(machine -> told(
                        machine,
                        () -> machine.exec(
                                "otro",
                                "From: otro\nSubject: aviso\n\ncuerpo\n",
                                machine.mta().sendmail(Mta.Client.C, options))))
                .areEqual();
    }

    static Stream<List<String>> options() {
        return Stream.of(
                List.of("-N", "success", "-V", "pedido", "usuario@localhost"),
                List.of("-N", "never", "fracaso@localhost"),
                List.of("-N", "success", "noexiste@localhost"),
                List.of("-N", "failure", "-R", "hdrs", "fracaso@localhost"),
                List.of("-v", "usuario@localhost"),
                List.of("-v", "noexiste@localhost"),
                List.of("-bv", "usuario@localhost"),
                List.of("-bv", "todos@localhost"),
                List.of("-bv", "noexiste@localhost"),
                List.of("-bv", "fracaso@localhost"),
                List.of("-bv", "aparte@localhost"),
                List.of("-bv", "lista@localhost"),
                List.of("-bv", "dos@localhost"),
                List.of("-bv", "propia@localhost"),
                List.of("-bv", "usuario@localhost", "noexiste@localhost", "cosas@localhost"),
                List.of("-v", "cosas@localhost"),
                List.of("-v", "sitios@localhost"),
                List.of("-v", "propia@localhost"),
                List.of("-N", "success", "sitios@localhost"),
                List.of("-N", "success", "propia@localhost"),
                List.of("-bv", "alguien@servidor-externo.org"));
    }

    private interface Sending {
        Result send();
    }

    private static String told(Machine machine, Sending sending) {
        machine.shell("rm -f /var/mail/*").succeeded();
        int mark = machine.mailLog().size();
        Result result = sending.send();
        Submission.awaitQuiet(machine, mark);
        List<LogLine> log = Submission.news(machine, mark);
        Masks masks = new Masks(machine.mta(), log);
        return "status " + result.status() + "\n" + result.out() + result.err()
                + log.stream()
                        .filter(line -> line.program().equals("postfix/bounce"))
                        .map(line -> masks.text(line.text()).replaceAll("delays?=[\\d./]+", "D"))
                        .sorted()
                        .collect(Collectors.joining("\n"))
                // where a long line is folded depends on the name behind «Diagnostic-Code: X-»
                + "\n" + masks.text(machine.read("/var/mail/otro")).replaceAll("\n {4}(?! )", " ");
    }
}
