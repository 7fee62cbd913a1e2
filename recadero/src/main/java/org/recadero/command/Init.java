package org.recadero.command;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** {@code recadero init}: makes the configuration files that are missing, and touches none that is there. */
public final class Init {
    private static final String MASTER_CF = """
            smtp      unix  -       -       y       -       -       smtp
            local     unix  -       n       n       -       -       local
            """;

    private Init() {}

    /** A line for each file made or left alone; the exit status. */
    public static int run(Path folder, PrintStream out, PrintStream err) {
        try {
            String host = hostName();
            String mailName = mailName(host);
            Files.createDirectories(folder);
            make(folder.resolve("main.cf"), mainCf(host, mailName), out);
            make(folder.resolve("master.cf"), MASTER_CF, out);
            if (folder.equals(Path.of("/etc/postfix"))) {
                make(Path.of("/etc/mailname"), mailName + "\n", out);
                make(Path.of("/etc/aliases"), "postmaster: root\n", out);
            }
            return 0;
        } catch (IOException e) {
            err.println("recadero: " + e);
            return 73;
        }
    }

    private static void make(Path file, String text, PrintStream out) throws IOException {
        if (Files.exists(file)) {
            out.println(file + ": is there, left alone");
        } else {
            Files.writeString(file, text, StandardCharsets.UTF_8);
            out.println(file + ": made");
        }
    }

    /** The full name: what /etc/hosts calls this host, else its own name. */
    private static String hostName() throws IOException {
        String name = Files.readString(Path.of("/proc/sys/kernel/hostname")).strip();
        if (name.indexOf('.') >= 0) {
            return name;
        }
        for (String line : Files.readAllLines(Path.of("/etc/hosts"))) {
            List<String> words = List.of(line.replaceFirst("#.*", "").strip().split("\\s+", -1));
            if (words.size() > 2
                    && words.subList(1, words.size()).contains(name)
                    && words.get(1).indexOf('.') > 0) {
                return words.get(1);
            }
        }
        return name + ".localdomain";
    }

    private static String mailName(String host) throws IOException {
        Path file = Path.of("/etc/mailname");
        if (Files.exists(file)) {
            List<String> lines = Files.readAllLines(file);
            if (!lines.isEmpty() && !lines.getFirst().isBlank()) {
                return lines.getFirst().strip();
            }
        }
        return host;
    }

    private static String mainCf(String host, String mailName) {
        int dot = host.indexOf('.');
        String domain = dot < 0 ? "localdomain" : host.substring(dot + 1);
        Set<String> local = new LinkedHashSet<>(List.of("$myhostname", mailName, "localhost." + domain, "localhost"));
        return """
                compatibility_level = 3.6
                append_dot_mydomain = no
                biff = no
                myhostname = %s
                myorigin = /etc/mailname
                mydestination = %s
                alias_maps = hash:/etc/aliases
                alias_database = hash:/etc/aliases
                relayhost =
                mynetworks = 127.0.0.0/8 [::ffff:127.0.0.0]/104 [::1]/128
                mailbox_size_limit = 0
                recipient_delimiter = +
                inet_interfaces = loopback-only
                inet_protocols = all
                default_transport = error
                relay_transport = error
                """.formatted(host, String.join(", ", local));
    }
}
