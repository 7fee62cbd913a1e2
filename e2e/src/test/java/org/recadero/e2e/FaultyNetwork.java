package org.recadero.e2e;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Pattern;

/**
 * A machine whose smarthosts all have a fault: for each {@link FaultRow} a name, an address, a server of its own, and an account
 * (the sender {@code usuario+ROW}) as the chapter sets it up. All rows run at the same time: most of them wait.
 */
final class FaultyNetwork implements AutoCloseable {
    static final int PORT = 587;

    /** Addresses where nobody answers, not even with a refusal. */
    static final String VOID = "10.66.0.2";

    static final String VOID6 = "2001:db8:66::2";

    /** The chapter's block; the time-outs are shorter than its reader's patience, and longer than a good answer takes here. */
    private static final List<String> SETTINGS = List.of(
            "default_transport = smtp",
            "relay_transport = smtp",
            "relayhost =",
            "smtp_sender_dependent_authentication = yes",
            "sender_dependent_relayhost_maps = hash:/etc/postfix/sender_relay",
            "smtp_sasl_auth_enable = yes",
            "smtp_sasl_mechanism_filter = plain, login",
            "smtp_sasl_password_maps = hash:/etc/postfix/sasl_passwd",
            "smtp_sasl_security_options = noanonymous",
            "smtp_use_tls = yes",
            "smtp_sasl_tls_security_options = noanonymous",
            "smtp_tls_note_starttls_offer = yes",
            "smtp_tls_CAfile = /etc/ssl/certs/ca-certificates.crt",
            "smtp_tls_policy_maps = hash:/etc/postfix/tls_policy",
            "inet_protocols = all",
            "smtp_connect_timeout = 10s",
            "smtp_helo_timeout = 15s",
            "smtp_starttls_timeout = 15s",
            "smtp_mail_timeout = 15s",
            "smtp_rcpt_timeout = 15s",
            "smtp_data_init_timeout = 15s",
            "smtp_data_xfer_timeout = 15s",
            "smtp_data_done_timeout = 15s");

    private final Machine machine;
    private final List<FaultRow> rows;
    private final ScriptedNames names;
    private final Certificates certificates;
    private final Map<FaultRow, ScriptedServer> servers = new HashMap<>();

    private FaultyNetwork(Machine machine, List<FaultRow> rows) throws IOException {
        this.machine = machine;
        this.rows = rows;
        this.certificates = Certificates.on(machine);
        this.names = new ScriptedNames(machine);
    }

    /** Sets the machine up and starts its mail system. */
    static FaultyNetwork on(Machine machine, List<FaultRow> rows) {
        try {
            FaultyNetwork network = new FaultyNetwork(machine, rows);
            try {
                network.setUp();
                return network;
            } catch (RuntimeException | Error e) {
                network.close();
                throw e;
            }
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private void setUp() {
        Chapter.configure(machine);
        if (machine.mta() == Mta.REFERENCE) {
            // its services see the machine's resolv.conf and CAs
            machine.exec("root", "", "postconf", "-F", "*/*/chroot = n").succeeded();
        }
        write("/etc/resolv.conf", "nameserver 127.0.0.1\noptions timeout:5 attempts:2\n");
        machine.exec("root", certificates.authority(), "bash", "-c", "cat >> /etc/ssl/certs/ca-certificates.crt")
                .succeeded();
        StringBuilder relays = new StringBuilder();
        StringBuilder policies = new StringBuilder();
        for (FaultRow row : rows) {
            relays.append("%s %s\n".formatted(row.sender(), row.nextHop()));
            if (!row.policy().isEmpty()) {
                policies.append("%s %s\n".formatted(row.nextHop(), row.policy()));
            }
            row.names().forEach(names::put);
            row.script().ifPresent(s -> servers.put(row, server(row, s)));
        }
        write("/etc/postfix/sender_relay", relays.toString());
        write("/etc/postfix/tls_policy", policies.toString());
        passwords("");
        machine.shell("cd /etc/postfix && postmap sender_relay && postmap tls_policy")
                .succeeded();
        // a wire into nothing: whoever is sought there is not refused, he does not answer
        machine.shell("ip link add void type veth peer name nothing"
                        // no address that makes itself: the network's coming up would be news that starts mail
                        + " && ip link set void addrgenmode none && ip link set nothing addrgenmode none"
                        + " && ip link set void up && ip link set nothing up"
                        + " && ip addr add 10.66.0.1/24 dev void && ip addr add 2001:db8:66::1/64 dev void nodad"
                        + " && ip neigh add 10.66.0.2 lladdr 02:00:00:00:00:02 dev void"
                        + " && ip neigh add 2001:db8:66::2 lladdr 02:00:00:00:00:02 dev void")
                .succeeded();
        Chapter.settings(machine, SETTINGS);
        Chapter.start(machine);
    }

    private ScriptedServer server(FaultRow row, Script script) {
        return new ScriptedServer(machine, row.host(), row.address(), PORT, row.clients(), certificates, script);
    }

    private void write(String path, String text) {
        machine.exec("root", text, "bash", "-c", "cat > " + path).succeeded();
    }

    /** Everybody's password, with {@code suffix} behind it. */
    void passwords(String suffix) {
        StringBuilder passwords = new StringBuilder();
        rows.stream()
                .filter(FaultRow::hasAccount)
                .forEach(r -> passwords.append("%s %s:%s\n".formatted(r.sender(), r.login(), r.secret() + suffix)));
        write("/etc/postfix/sasl_passwd", passwords.toString());
        machine.shell("cd /etc/postfix && postmap sasl_passwd && chown postfix sasl_passwd* && chmod 600 sasl_passwd*")
                .succeeded();
    }

    Machine machine() {
        return machine;
    }

    /** One message of each of these, or as many as the row says. */
    void send(List<FaultRow> which) {
        StringBuilder commands = new StringBuilder();
        String sendmail = machine.mta().sendmail(Mta.Client.C, List.of())[0];
        for (FaultRow row : which) {
            for (int i = 0; i < row.messages(); i++) {
                commands.append("printf 'Subject: %s\\n\\n%s\\n' | %s -f %s a@remote.test || exit 1\n"
                        .formatted(row.subject(i), row.body(), sendmail, row.sender()));
            }
        }
        machine.exec("usuario", commands.toString(), "bash").succeeded();
    }

    /** All servers and names are as they should be from now on. */
    void mend() {
        for (FaultRow row : rows) {
            row.mendedNames().forEach(names::put);
            ScriptedServer server = servers.get(row);
            if (server == null) {
                servers.put(row, server(row, Script.GOOD));
            } else {
                server.behave(Script.GOOD);
            }
        }
    }

    /** From now on a row's server behaves so. */
    void behave(FaultRow row, Script script) {
        Objects.requireNonNull(servers.get(row)).behave(script);
    }

    /** What a row's server took. */
    List<ScriptedServer.Took> took(FaultRow row) {
        ScriptedServer server = servers.get(row);
        return server == null ? List.of() : server.took();
    }

    /** The queue ids of a row's messages, in the order they came in. */
    List<String> ids(FaultRow row) {
        String from = "from=<" + row.sender() + ">, ";
        return machine.mailLog().stream()
                .filter(l -> l.text().startsWith(from))
                .map(LogLine::queueId)
                .distinct()
                .toList();
    }

    /** The outcomes of a message, as the log has them, without times. */
    List<String> outcomes(String id) {
        return machine.mailLog().stream()
                .filter(l -> l.queueId().equals(id) && l.isOutcome())
                .map(l -> l.text().replaceAll(" delay=[^,]*, delays=[^,]*,", ""))
                .toList();
    }

    /** Whether a message has left the queue. */
    boolean isGone(String id) {
        return machine.mailLog().stream()
                .anyMatch(l -> l.queueId().equals(id) && l.text().equals("removed"));
    }

    /** {@code mailq}'s reason by sender. */
    Map<String, String> reasons() {
        Map<String, String> reasons = new HashMap<>();
        Pattern entry = Pattern.compile("\n[0-9A-F]+[*! ] +\\d+ .{19}  (\\S+)\n *\\((.*)\\)\n *(\\S+)\n");
        entry.matcher("\n" + machine.exec("root", "", "mailq").out())
                .results()
                .forEach(r -> reasons.put(r.group(1), r.group(2)));
        return reasons;
    }

    @Override
    public void close() {
        new ArrayList<>(servers.values()).forEach(ScriptedServer::close);
        names.close();
        machine.close();
    }
}
