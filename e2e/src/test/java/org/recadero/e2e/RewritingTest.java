package org.recadero.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Canonical and virtual maps beside Postfix: the same submissions, and envelope, header and recipients afterwards are the same. */
class RewritingTest {
    private static final List<String> TABLES = List.of(
            "inet_interfaces = loopback-only",
            "canonical_maps = texthash:/etc/postfix/canonical, regexp:/etc/postfix/canonical.re",
            "sender_canonical_maps = texthash:/etc/postfix/sender",
            "recipient_canonical_maps = texthash:/etc/postfix/recipient",
            "sender_bcc_maps = texthash:/etc/postfix/copies",
            "recipient_bcc_maps = texthash:/etc/postfix/copies",
            "virtual_alias_maps = texthash:/etc/postfix/virtual, regexp:/etc/postfix/virtual.re");

    private static final List<String> FILES = List.of(
            "canonical",
            "jose Jose.Perez@example.net\nanterior otro\n@viejo.example @localhost\nuno dos@example.net\ndos tres@example.net\n",
            "canonical.re",
            "/^re-(.*)@example\\.net$/ $1@localhost\n/^@/ partes@localhost\n",
            "sender",
            "pepe jose\n",
            "recipient",
            "pepe usuario\n",
            "virtual",
            "lista@v.example usuario, otro@localhost\nusuario usuario@localhost\njefe@v.example lista@v.example, root\n",
            "copies",
            "copiado otro\notro@localhost usuario\nconcopia lista@v.example\n",
            "virtual.re",
            "/^(.*)@re\\.example$/ $1@localhost\n");

    private static final List<Submission> SUBMISSIONS = List.of(
            new Submission(
                    "sender and recipient maps",
                    "root",
                    List.of("-f", "pepe", "pepe"),
                    "From: Pepe <pepe>\nTo: pepe, Anterior <anterior@example.net>\nCc: x@viejo.example\nSubject: a\n\npepe\n"),
            new Submission(
                    "a chain of canonical addresses",
                    "root",
                    List.of("-f", "uno", "otro"),
                    "From: uno\nReply-To: dos\nTo: otro\nSubject: b\n\nb\n"),
            new Submission(
                    "a list of a virtual domain",
                    "root",
                    List.of("-f", "otro", "jefe@v.example"),
                    "From: otro\nTo: jefe@v.example\nSubject: c\n\nc\n"),
            new Submission(
                    "a regular expression with a part",
                    "root",
                    List.of("-f", "re-otro", "usuario@re.example", "re-otro"),
                    "From: re-otro\nTo: usuario@re.example\nSubject: d\n\nd\n"),
            new Submission(
                    "copies of what somebody sends and gets",
                    "root",
                    List.of("-f", "concopia", "root@localhost", "otro@localhost"),
                    "From: concopia\nTo: root@localhost, otro@localhost\nSubject: f\n\nf\n"),
            new Submission(
                    "extensions",
                    "root",
                    List.of("-f", "otro", "lista+ext@v.example", "anterior+dos"),
                    "From: jose+tres\nTo: lista+ext@v.example, anterior+dos\nSubject: e\n\ne\n"));

    /**
     * {@code owner_request_special = no}: owners are nobody special, and their names are taken apart; {@code duplicate_filter_limit =
     * 2}.
     */
    private static final List<Submission> OWNERS = List.of(
            new Submission("a list with an owner", "root", List.of("-f", "otro", "lista"), "Subject: a\n\na\n"),
            new Submission("what looks like an owner", "root", List.of("-f", "otro", "owner-x"), "Subject: b\n\nb\n"),
            new Submission(
                    "more recipients than are remembered",
                    "root",
                    List.of("-f", "otro", "root", "usuario", "otro", "root", "usuario", "otro"),
                    "Subject: d\n\nd\n"),
            new Submission("a request", "root", List.of("-f", "otro", "usuario-request"), "Subject: c\n\nc\n"));

    private static void prepareOwners(Machine machine) {
        Chapter.configure(machine);
        machine.exec("root", "lista usuario\nowner-lista root\nowner root\n", "tee", "/etc/postfix/owners")
                .succeeded();
        Chapter.settings(
                machine,
                List.of(
                        "alias_maps = texthash:/etc/postfix/owners",
                        "recipient_delimiter = -",
                        "owner_request_special = no",
                        "duplicate_filter_limit = 2"));
        Chapter.start(machine);
    }

    private static void prepare(Machine machine) {
        Chapter.configure(machine);
        for (int i = 0; i < FILES.size(); i += 2) {
            machine.exec("root", FILES.get(i + 1), "tee", "/etc/postfix/" + FILES.get(i))
                    .succeeded();
        }
        Chapter.settings(machine, TABLES);
        Chapter.start(machine);
    }

    @Test
    void addressesBecomeWhatPostfixMakesOfThem() {
        try (SideBySide machines = SideBySide.with(RewritingTest::prepare)) {
            assertThat(sameWithBoth(machines, SUBMISSIONS))
                    .contains(
                            "From: Pepe <Jose.Perez@example.net>",
                            "X-Original-To: jefe@v.example",
                            "From: tres@example.net");
        }
    }

    @Test
    void ownersAndRequestsMayBeNothingSpecialAndDuplicatesPassAFullFilter() {
        try (SideBySide machines = SideBySide.with(RewritingTest::prepareOwners)) {
            assertThat(sameWithBoth(machines, OWNERS))
                    .contains("X-Original-To: lista", "X-Original-To: owner-x", "X-Original-To: usuario-request");
        }
    }

    /** Postfix's mailboxes after the submissions, which with the subject are the same. */
    private static String sameWithBoth(SideBySide machines, List<Submission> submissions) {
        List<String> differences = new ArrayList<>();
        StringBuilder reference = new StringBuilder();
        for (Submission submission : submissions) {
            SideBySide.Pair<Submission.Observed> seen =
                    machines.both(machine -> submission.observe(machine, Mta.Client.C));
            reference.append(seen.reference().mailboxes());
            if (!seen.subject().equals(seen.reference())) {
                differences.add(submission + "\n--- ours\n" + seen.subject().mailboxes()
                        + seen.subject().log()
                        + "\n--- Postfix\n" + seen.reference().mailboxes()
                        + seen.reference().log());
            }
        }
        assertThat(differences).isEmpty();
        return reference.toString();
    }
}
