package org.recadero.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

/** Fields that the mail system adds, in the forms that parameters choose, beside Postfix. */
class HeaderFormsTest {
    private static final List<Submission> MAILS = List.of(
            mail("a name", List.of("-F", "Pepe Lopez", "otro"), "Subject: x\n\nx\n"),
            mail("a name with signs", List.of("-F", "Pepe, \"el\" L.", "otro"), "To: otro\nSubject: x\n\nx\n"),
            mail("a name with parentheses", List.of("-F", "Pepe (el)", "otro"), "Cc: otro\n\nx\n"),
            mail("no name", List.of("-F", "", "otro"), "Subject: x\n\nx\n"),
            mail("Bcc alone", List.of("-t"), "Bcc: otro\nSubject: x\n\nx\n"),
            mail("sent on", List.of("-t"), "Resent-To: otro\nSubject: x\n\nx\n"),
            mail("Resent-Bcc alone", List.of("-t"), "Resent-Bcc: otro\nSubject: x\n\nx\n"),
            mail("returned", List.of("noexiste"), "Subject: x\n\nx\n"),
            mail(
                    "returned in a thread",
                    List.of("noexiste"),
                    "Message-Id: <1@a.example>\nReferences: <0@a.example>\nIn-Reply-To: <0@a.example>\n\nx\n"),
            mail("delivered", List.of("-N", "success", "otro"), "Message-Id: <2@a.example>\n\nx\n"),
            mail("returned without an id", List.of("noexiste"), "Resent-Message-Id: <3@a.example>\n\nx\n"));

    private static Submission mail(String name, List<String> arguments, String text) {
        return new Submission(name, "usuario", arguments, text);
    }

    @Test
    void addsFieldsAsPostfixDoes() {
        try (SideBySide machines = SideBySide.with(machine -> {
            Chapter.configure(machine);
            Chapter.settings(
                    machine,
                    List.of(
                            "header_from_format = obsolete",
                            "enable_threaded_bounces = yes",
                            "undisclosed_recipients_header = To: undisclosed-recipients:;"));
            Chapter.start(machine);
        })) {
            String reference = machines.equalFor(
                    MAILS,
                    (mail, machine) -> mail.observe(machine, Mta.Client.C).mailboxes());
            // that Postfix did something at all
            assertThat(reference)
                    .contains(
                            "From: usuario@example.net (Pepe Lopez)\n",
                            "To: undisclosed-recipients:;\n",
                            "References: <1@a.example>\nIn-Reply-To: <1@a.example>\n",
                            "References: <2@a.example>\n");
        }
    }
}
