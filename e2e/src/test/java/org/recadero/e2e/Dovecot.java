package org.recadero.e2e;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Dovecot on a {@link Machine}: POP3 and IMAP on the loopback for any account name, each a Maildir {@link #folder} below /srv/correo,
 * and LMTP on a socket. It ends with the machine.
 */
final class Dovecot {
    /** Of every account. */
    static final String PASSWORD = "secreto";

    /** Where it takes mail by LMTP (RFC 2033). */
    static final String LMTP_SOCKET = "/run/dovecot/lmtp";

    private static final String CONFIGURATION = """
            protocols = pop3 imap lmtp
            listen = 127.0.0.1
            mail_location = maildir:/srv/correo/%n
            log_path = /var/log/dovecot.log
            ssl = no
            disable_plaintext_auth = no
            auth_mechanisms = plain login
            passdb {
              driver = static
              args = password=secreto
            }
            userdb {
              driver = static
              args = uid=usuario gid=usuario home=/srv/correo/%n allow_all_users=yes
            }
            service lmtp {
              unix_listener lmtp {
                mode = 0666
              }
            }
            """;

    private final Machine machine;

    private Dovecot(Machine machine) {
        this.machine = machine;
    }

    /** Starts it; when this returns it answers. */
    static Dovecot start(Machine machine) {
        machine.exec("root", CONFIGURATION, "sh", "-c", "cat >/etc/dovecot/dovecot.conf")
                .succeeded();
        machine.shell("install -d -o usuario /srv/correo; dovecot >/dev/null 2>&1")
                .succeeded();
        machine.awaitUntil(
                "Dovecot answers",
                () -> machine.shell("exec 3<>/dev/tcp/127.0.0.1/110 && read -r x <&3")
                                .status()
                        == 0);
        return new Dovecot(machine);
    }

    /** The Maildir of an account, as the machine sees it. */
    static String folder(String account) {
        return "/srv/correo/" + account;
    }

    /** Puts these messages into an account as new ones, in this order. */
    void fill(String account, List<byte[]> messages) {
        machine.shell("install -d -o usuario -g usuario " + folder(account) + "/new " + folder(account) + "/cur "
                        + folder(account) + "/tmp")
                .succeeded();
        try {
            for (int i = 0; i < messages.size(); i++) {
                Path file = machine.file(folder(account) + "/new/%d.M%06d.remoto".formatted(1_700_000_000 + i, i));
                Files.write(file, messages.get(i));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        machine.shell("chown -R usuario:usuario " + folder(account)).succeeded();
    }

    /** How many messages an account has. */
    int count(String account) {
        String found = machine.shell("find " + folder(account) + "/new " + folder(account) + "/cur -type f | wc -l")
                .line();
        return Integer.parseInt(found);
    }

    /** The text of all messages of an account, each byte one character, in the order of their names. */
    List<String> messages(String account) {
        return Maildirs.messages(machine, folder(account));
    }

    /** What it has logged, for a failing test. */
    String log() {
        return new String(
                machine.read("/var/log/dovecot.log").getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8);
    }
}
