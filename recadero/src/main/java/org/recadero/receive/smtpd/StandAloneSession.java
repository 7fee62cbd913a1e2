package org.recadero.receive.smtpd;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Supplier;
import org.recadero.config.Configuration;
import org.recadero.config.ConfigurationException;
import org.recadero.config.Parameters;
import org.recadero.config.Snapshot;
import org.recadero.receive.cleanup.MessageIntake;
import org.recadero.route.OwnAddresses;

/**
 * SMTP with a program of a user of this machine, over its standard input and output ({@code sendmail -bs}): no access restrictions,
 * no TLS, no AUTH; the kernel has said who he is. Postfix: smtpd(8), stand-alone mode.
 */
public final class StandAloneSession {
    /** What is not asked of a user of this machine. */
    private static final Map<String, String> OPEN = Map.ofEntries(
            Map.entry("mynetworks", "127.0.0.0/8"),
            Map.entry("smtpd_relay_restrictions", "permit_mynetworks, reject_unauth_destination"),
            Map.entry("smtpd_client_restrictions", ""),
            Map.entry("smtpd_helo_restrictions", ""),
            Map.entry("smtpd_sender_restrictions", ""),
            Map.entry("smtpd_recipient_restrictions", ""),
            Map.entry("smtpd_data_restrictions", ""),
            Map.entry("smtpd_end_of_data_restrictions", ""),
            Map.entry("smtpd_reject_unlisted_recipient", "no"),
            Map.entry("smtpd_reject_unlisted_sender", "no"),
            Map.entry("smtpd_helo_required", "no"),
            Map.entry("smtpd_tls_security_level", "none"),
            Map.entry("smtpd_tls_wrappermode", "no"),
            Map.entry("smtpd_sasl_auth_enable", "no"));

    private final Supplier<Configuration> configuration;
    private final SmtpServer.Needs needs;

    public StandAloneSession(Supplier<Configuration> configuration, SmtpServer.Needs needs) {
        this.configuration = Objects.requireNonNull(configuration);
        this.needs = Objects.requireNonNull(needs);
    }

    /**
     * Serves one program, on this thread, until it says QUIT or its input ends.
     *
     * @param intake takes messages as the user's
     * @throws IOException where the configuration cannot be used
     */
    public void serve(MessageIntake intake, InputStream in, OutputStream out) throws IOException {
        InetAddress here = InetAddress.ofLiteral("127.0.0.1");
        Peer peer = Peer.of(here, 0, "localhost");
        try (Pipes pipes = new Pipes(in, out)) {
            Configuration own = open(configuration.get());
            ServiceSettings settings = ServiceSettings.of(
                    own, new ServiceSettings.Tools(needs.tables(), OwnAddresses.of(own), Optional.empty(), false));
            Access access = new Access(
                    settings, needs.names(), new ClientLimits(needs.clock()), peer, new Access.Door("smtpd", here));
            SmtpSession.Services services = new SmtpSession.Services(
                    intake,
                    needs.log().as(own.get(Parameters.SYSLOG_NAME)),
                    Optional.empty(),
                    needs.submissionIds(),
                    Thread::sleep,
                    needs.postmaster());
            new SmtpSession(pipes, SessionState.of(peer), access, access, services).run();
        } catch (ConfigurationException e) {
            throw new IOException(e.getMessage(), e);
        }
    }

    private static Configuration open(Configuration base) throws ConfigurationException {
        return base instanceof Snapshot snapshot ? snapshot.with(OPEN) : base;
    }

    /** Whoever made the streams times them out, and closes them. */
    private record Pipes(InputStream input, OutputStream output) implements Connection {
        @Override
        public void readTimeout(Duration timeout) {
            // the submission's own is in force
        }

        @Override
        public SessionState.Encryption startTls() throws IOException {
            throw new IOException("no TLS over a pipe");
        }

        @Override
        public void close() {
            // not ours
        }
    }
}
