package org.recadero.command;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.stream.Collectors;

/** The texts of the files that {@code recadero init} makes. */
final class FirstFiles {
    private static final String MASTER_CF = "master.cf";

    private FirstFiles() {}

    /** For the whole machine: local mail only, until a relayhost is set. */
    static String mainCf(MachineNames names) {
        return """
                # Recadero reads this file as Postfix does: see postconf(5).
                # A # begins a comment only where a line begins.
                compatibility_level = 3.6

                myhostname = %s
                # the first line of that file stands behind the @ of local addresses
                myorigin = /etc/mailname
                mydestination = %s
                append_dot_mydomain = no
                biff = no
                readme_directory = no

                alias_maps = hash:/etc/aliases
                alias_database = hash:/etc/aliases
                mailbox_size_limit = 0
                recipient_delimiter = +

                # local mail only: what goes elsewhere comes back
                relayhost =
                default_transport = error
                relay_transport = error
                inet_interfaces = loopback-only
                inet_protocols = all
                mynetworks = 127.0.0.0/8 [::ffff:127.0.0.0]/104 [::1]/128
                smtpd_banner = $myhostname ESMTP $mail_name (Debian/GNU)
                smtpd_relay_restrictions = permit_mynetworks permit_sasl_authenticated defer_unauth_destination
                """.formatted(names.host(), names.destinations());
    }

    /**
     * For an ordinary user's own instance.
     *
     * @param origin what stands behind the @ of local addresses
     * @param log {@code maillog_file}'s value; empty: syslog
     */
    static String mainCf(MachineNames names, String origin, String user, Path queue, String log) {
        String logLine = log.isEmpty() ? "" : "# this machine has no syslog\nmaillog_file = " + escaped(log) + "\n";
        return """
                # An instance of %1$s alone: it delivers to nobody else and opens no port.
                # Recadero reads this file as Postfix does: see postconf(5).
                # A # begins a comment only where a line begins.
                compatibility_level = 3.6

                mail_owner = %1$s
                queue_directory = %2$s
                # below the home; the / at the end makes it a Maildir
                home_mailbox = Maildir/
                %3$s
                myhostname = %4$s
                myorigin = %5$s
                mydestination = %6$s
                append_dot_mydomain = no
                biff = no

                alias_maps = hash:$config_directory/aliases
                alias_database = hash:$config_directory/aliases
                mailbox_size_limit = 0
                recipient_delimiter = +

                # local mail only: what goes elsewhere comes back
                relayhost =
                default_transport = error
                relay_transport = error
                inet_interfaces = loopback-only
                """.formatted(user, escaped(queue.toString()), logLine, names.host(), origin, names.destinations());
    }

    private static String escaped(String path) {
        return path.replace("$", "$$");
    }

    /** Debian's services of Postfix 3.7.11. */
    static String masterCf() {
        try (InputStream in = FirstFiles.class.getResourceAsStream(MASTER_CF)) {
            if (in == null) {
                throw new IllegalStateException(MASTER_CF + " is missing from the program");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The same without a service that opens a port. */
    static String masterCfWithoutPorts() {
        return masterCf()
                .lines()
                .map(line -> line.matches("[^#\\s]\\S*\\s+inet\\s.*") ? "#" + line : line)
                .collect(Collectors.joining("\n", "", "\n"));
    }
}
