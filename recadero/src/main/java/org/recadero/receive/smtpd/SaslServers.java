package org.recadero.receive.smtpd;

import java.nio.file.Path;
import java.util.Optional;
import org.recadero.config.Configuration;
import org.recadero.config.ConfigurationException;
import org.recadero.config.Parameters;
import org.recadero.net.sasl.server.DovecotServer;
import org.recadero.net.sasl.server.PasswordFile;
import org.recadero.net.sasl.server.PlainServer;
import org.recadero.net.sasl.server.SaslServer;
import org.recadero.net.tls.server.ServerTls;
import org.recadero.os.PasswordHash;

/**
 * Who checks passwords, as main.cf says: {@code smtpd_sasl_type = dovecot} with Dovecot's socket in {@code smtpd_sasl_path}
 * (relative to queue_directory), or {@code smtpd_sasl_type = passwd-file} with a file of {@code login:hash} lines there (relative
 * to main.cf's folder). Postfix: SASL_README.
 */
final class SaslServers {
    private SaslServers() {}

    /**
     * Empty where AUTH is not enabled.
     *
     * @throws ConfigurationException where the type is not supported
     */
    static Optional<SaslServer> of(Configuration configuration, ServerTls.FileReader reader)
            throws ConfigurationException {
        if (!configuration.get(Parameters.SMTPD_SASL_AUTH_ENABLE)) {
            return Optional.empty();
        }
        String path = configuration.get(Parameters.SMTPD_SASL_PATH);
        return switch (configuration.get(Parameters.SMTPD_SASL_TYPE)) {
            case "dovecot" ->
                Optional.of(new DovecotServer(
                        Path.of(configuration.get(Parameters.QUEUE_DIRECTORY)).resolve(path)));
            case "passwd-file" -> {
                PasswordHash hashes = PasswordHash.system()
                        .orElseThrow(() -> new ConfigurationException(
                                "smtpd_sasl_type = passwd-file: this machine has no libcrypt.so.1"));
                Path file = configuration.directory().resolve(path);
                yield Optional.of(new PlainServer(new PasswordFile(() -> reader.read(file.toString()), hashes)));
            }
            default ->
                throw new ConfigurationException(
                        "unsupported SASL server implementation: " + configuration.get(Parameters.SMTPD_SASL_TYPE)
                                + "; smtpd_sasl_type is dovecot or passwd-file");
        };
    }
}
