package org.recadero.e2e;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * The Internet of the chapter's section on sending: real servers in machines of their own, a DNS and a CA, all on one switch with
 * the client. The set-up of each server is a script of {@code lab/servers}.
 *
 * <p>smtp.gmail.com (Postfix with Dovecot's SASL, 587), smtp.example.net (Exim, 25), mail.juntadeandalucia.es (Dovecot, 465) and
 * mx.servidor-externo.org (Postfix), which is switch and DNS too and where all mail ends.
 */
final class Providers implements AutoCloseable {
    private static final String NET = "10.77.0.";
    private static final Path LAB = Path.of("../lab").toAbsolutePath().normalize();
    private static final int SECONDS = 30;

    /** Where mail for the outside world lies in the end, on {@link #outside}. */
    static final String FINAL_MAILDIR = "/var/vmail/all/new";

    private final List<Machine> machines = new ArrayList<>();
    private final Machine outside;
    private final Machine gmail;
    private final Machine exim;
    private final Machine junta;

    private Providers() {
        outside = started("servers");
        gmail = started("servers");
        exim = started("exim");
        junta = started("servers");
    }

    /** Starts the servers and joins a client to their network, its names and its CA. */
    static Providers of(Machine client) {
        Providers providers = new Providers();
        try {
            providers.start(client);
            return providers;
        } catch (RuntimeException | Error e) {
            providers.close();
            throw e;
        }
    }

    private Machine started(String layer) {
        Machine machine = Machine.server(layer);
        machines.add(machine);
        return machine;
    }

    private void start(Machine client) {
        outside.shell("ip link add br0 type bridge && ip addr add " + NET + "2/24 dev br0 && ip addr add " + NET
                        + "24/24 dev br0 && ip link set br0 up")
                .succeeded();
        put(outside, "/lab/pki.sh", lab("pki.sh"));
        outside.shell("bash /lab/pki.sh /lab-ca").succeeded();
        name(outside, "mx.servidor-externo.org", 24);
        join(gmail, "smtp.gmail.com", 21);
        join(exim, "smtp.example.net", 22);
        join(junta, "mail.juntadeandalucia.es", 23);
        wire(client, 10);
        resolver(client);
        client.shell("cat >> /etc/ssl/certs/ca-certificates.crt << 'PEM'\n" + outside.read("/lab-ca/ca.pem") + "PEM")
                .succeeded();
        serve(outside, "dns");
        serve(outside, "mx.servidor-externo.org");
        serve(gmail, "smtp.gmail.com");
        serve(exim, "smtp.example.net");
        serve(junta, "mail.juntadeandalucia.es");
    }

    private void join(Machine machine, String name, int number) {
        wire(machine, number);
        name(machine, name, number);
        try (Stream<Path> files = Files.list(outside.file("/lab-ca"))) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                put(machine, "/lab-ca/" + file.getFileName(), Files.readString(file, StandardCharsets.ISO_8859_1));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A wire from the switch to a machine. */
    private void wire(Machine machine, int number) {
        String wire = "v" + number;
        run(
                "nsenter",
                "-t",
                Long.toString(outside.init()),
                "-n",
                "ip",
                "link",
                "add",
                wire,
                "type",
                "veth",
                "peer",
                "name",
                "eth0",
                "netns",
                Long.toString(machine.init()));
        outside.shell("ip link set " + wire + " master br0 up").succeeded();
        machine.shell("ip addr add " + NET + number + "/24 dev eth0 && ip link set eth0 up")
                .succeeded();
    }

    private static void name(Machine machine, String name, int number) {
        machine.shell("hostname " + name + " && echo " + name + " > /etc/hostname && echo " + name
                        + " > /etc/mailname && printf '127.0.0.1\\tlocalhost\\n" + NET + number + "\\t" + name
                        + "\\n' > /etc/hosts")
                .succeeded();
        resolver(machine);
    }

    private static void resolver(Machine machine) {
        machine.shell("printf 'nameserver " + NET + "2\\noptions timeout:5 attempts:2\\n' > /etc/resolv.conf")
                .succeeded();
    }

    private static void serve(Machine machine, String script) {
        put(machine, "/lab/" + script + ".sh", lab("servers/" + script + ".sh"));
        // to a file: the daemons that it starts keep what they were given
        machine.shell("bash /lab/" + script + ".sh > /lab/" + script + ".log 2>&1 < /dev/null || { cat /lab/" + script
                        + ".log >&2; exit 1; }")
                .succeeded();
    }

    private static String lab(String name) {
        try {
            return Files.readString(LAB.resolve(name));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void put(Machine machine, String path, String text) {
        try {
            Path file = machine.file(path);
            Files.createDirectories(file.getParent());
            Files.writeString(file, text, StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void run(String... command) {
        try {
            Process process =
                    new ProcessBuilder(command).redirectErrorStream(true).start();
            process.getOutputStream().close();
            if (!process.waitFor(SECONDS, TimeUnit.SECONDS) || process.exitValue() != 0) {
                throw new AssertionError(String.join(" ", command) + ": "
                        + new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted", e);
        }
    }

    Machine gmail() {
        return gmail;
    }

    Machine exim() {
        return exim;
    }

    Machine junta() {
        return junta;
    }

    Machine outside() {
        return outside;
    }

    /** The message with this subject, as it lies in the final mailbox; empty where it has not come. */
    String arrived(String subject) {
        try (Stream<Path> files = Files.list(outside.file(FINAL_MAILDIR))) {
            for (Path file : files.toList()) {
                String text = Files.readString(file, StandardCharsets.ISO_8859_1);
                if (text.contains("\nSubject: " + subject + "\n")) {
                    return text;
                }
            }
            return "";
        } catch (java.nio.file.NoSuchFileException e) {
            return "";
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        machines.forEach(Machine::close);
    }
}
