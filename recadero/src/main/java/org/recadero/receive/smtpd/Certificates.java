package org.recadero.receive.smtpd;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.recadero.config.Configuration;
import org.recadero.config.ConfigurationException;
import org.recadero.config.Parameters;
import org.recadero.net.tls.server.ServerTls;

/** The server's certificates as main.cf names them. Postfix: TLS_README. */
final class Certificates {
    private Certificates() {}

    /**
     * Empty where TLS is not wanted, or no certificate is named.
     *
     * @throws ConfigurationException where a file cannot be used
     */
    static Optional<ServerTls> of(Configuration configuration, ServerTls.FileReader reader)
            throws ConfigurationException {
        String level = configuration.get(Parameters.SMTPD_TLS_SECURITY_LEVEL);
        boolean wanted = level.isEmpty()
                ? configuration.get(Parameters.SMTPD_USE_TLS) || configuration.get(Parameters.SMTPD_ENFORCE_TLS)
                : !level.equals("none");
        if (!wanted && !configuration.get(Parameters.SMTPD_TLS_WRAPPERMODE)) {
            return Optional.empty();
        }
        List<ServerTls.Source> sources = new ArrayList<>();
        List<String> chains = configuration.get(Parameters.SMTPD_TLS_CHAIN_FILES);
        if (!chains.isEmpty()) {
            sources.add(new ServerTls.Chains(chains));
        } else {
            add(
                    sources,
                    configuration.get(Parameters.SMTPD_TLS_CERT_FILE),
                    configuration.get(Parameters.SMTPD_TLS_KEY_FILE));
            add(
                    sources,
                    configuration.get(Parameters.SMTPD_TLS_ECCERT_FILE),
                    configuration.get(Parameters.SMTPD_TLS_ECKEY_FILE));
        }
        if (sources.isEmpty()) {
            if (configuration.get(Parameters.SMTPD_TLS_WRAPPERMODE)) {
                throw new ConfigurationException(
                        "smtpd_tls_wrappermode = yes needs smtpd_tls_chain_files or smtpd_tls_cert_file");
            }
            return Optional.empty();
        }
        try {
            return Optional.of(ServerTls.of(
                    sources,
                    configuration.get(Parameters.SMTPD_TLS_PROTOCOLS),
                    configuration.get(Parameters.SMTPD_TLS_MANDATORY_PROTOCOLS),
                    reader));
        } catch (IOException e) {
            throw new ConfigurationException(String.valueOf(e.getMessage()));
        }
    }

    private static void add(List<ServerTls.Source> sources, String certificate, String key) {
        if (!certificate.isEmpty() && !certificate.equals("none")) {
            sources.add(new ServerTls.Pair(certificate, key.isEmpty() ? certificate : key));
        }
    }
}
