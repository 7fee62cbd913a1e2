package org.recadero.net.tls.server;

import java.io.IOException;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;

/**
 * Speaks TLS as a server: one context for one set of certificates, kept, so that sessions resume. Immutable; safe for all threads.
 */
public final class ServerTls {
    private static final List<String> VERSIONS = List.of("TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3");

    private final SSLContext context;
    private final String[] protocols;
    private final String[] mandatoryProtocols;

    private ServerTls(SSLContext context, String[] protocols, String[] mandatoryProtocols) {
        this.context = context;
        this.protocols = protocols;
        this.mandatoryProtocols = mandatoryProtocols;
    }

    /** Reads a file that only root may read, too. */
    @FunctionalInterface
    public interface FileReader {
        byte[] read(String path) throws IOException;
    }

    /** Where keys and certificates stand. */
    public sealed interface Source {}

    /** Files that belong together: the certificate with its chain, and the key. */
    public record Pair(String certificates, String key) implements Source {
        public Pair {
            Objects.requireNonNull(certificates);
            Objects.requireNonNull(key);
        }
    }

    /**
     * Files that are read as one, in their order: each key stands before its certificate and that one's chain. Postfix: postconf(5),
     * smtpd_tls_chain_files.
     */
    public record Chains(List<String> files) implements Source {
        public Chains {
            files = List.copyOf(files);
        }
    }

    private record Entry(PrivateKey key, List<X509Certificate> chain) {}

    /**
     * Reads certificates and keys.
     *
     * @param sources at least one
     * @param protocols {@code smtpd_tls_protocols}
     * @param mandatoryProtocols {@code smtpd_tls_mandatory_protocols}
     * @throws IOException where a file cannot be read or used; it is named
     */
    public static ServerTls of(
            List<Source> sources, List<String> protocols, List<String> mandatoryProtocols, FileReader reader)
            throws IOException {
        try {
            char[] password = new char[0];
            KeyStore store = KeyStore.getInstance("PKCS12");
            store.load(null, password);
            for (Source source : sources) {
                List<Entry> entries = switch (source) {
                    case Pair pair -> List.of(entry(pair, reader));
                    case Chains chains -> entries(chains, reader);
                };
                for (Entry entry : entries) {
                    store.setKeyEntry(
                            "entry" + store.size(), entry.key, password, entry.chain.toArray(new X509Certificate[0]));
                }
            }
            KeyManagerFactory keys = KeyManagerFactory.getInstance("NewSunX509");
            keys.init(store, password);
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(keys.getKeyManagers(), null, null);
            return new ServerTls(context, versions(context, protocols), versions(context, mandatoryProtocols));
        } catch (GeneralSecurityException e) {
            throw new IOException("cannot use TLS: " + e.getMessage());
        }
    }

    private static Entry entry(Pair pair, FileReader reader) throws IOException {
        try {
            List<PemFiles.Block> blocks = PemFiles.blocks(reader.read(pair.certificates()));
            List<X509Certificate> chain = PemFiles.certificates(blocks);
            if (chain.isEmpty()) {
                throw new IOException("no certificate in " + pair.certificates());
            }
            List<PemFiles.Block> keyBlocks =
                    pair.key().equals(pair.certificates()) ? blocks : PemFiles.blocks(reader.read(pair.key()));
            PemFiles.Block key = keyBlocks.stream()
                    .filter(PemFiles.Block::isKey)
                    .findFirst()
                    .orElseThrow(() -> new IOException("no private key in " + pair.key()));
            return new Entry(PemFiles.key(key, chain.getFirst()), chain);
        } catch (IOException e) {
            throw new IOException("cannot use the certificate of " + pair.certificates() + " with the key of "
                    + pair.key() + ": " + e.getMessage());
        }
    }

    private static List<Entry> entries(Chains chains, FileReader reader) throws IOException {
        List<Entry> entries = new ArrayList<>();
        PemFiles.Block key = null;
        List<PemFiles.Block> behind = new ArrayList<>();
        String at = "";
        try {
            for (String file : chains.files()) {
                at = file;
                for (PemFiles.Block block : PemFiles.blocks(reader.read(file))) {
                    if (block.isKey()) {
                        if (key != null) {
                            entries.add(entry(key, behind));
                        }
                        key = block;
                        behind.clear();
                    } else if (block.isCertificate()) {
                        if (key == null) {
                            throw new IOException("the key must stand before its certificate");
                        }
                        behind.add(block);
                    }
                }
            }
            if (key == null) {
                throw new IOException("no private key");
            }
            entries.add(entry(key, behind));
            return entries;
        } catch (IOException e) {
            throw new IOException("cannot use " + at + ": " + e.getMessage());
        }
    }

    private static Entry entry(PemFiles.Block key, List<PemFiles.Block> behind) throws IOException {
        List<X509Certificate> chain = PemFiles.certificates(behind);
        if (chain.isEmpty()) {
            throw new IOException("no certificate stands behind the private key");
        }
        return new Entry(PemFiles.key(key, chain.getFirst()), chain);
    }

    /**
     * {@code >=TLSv1.2}, {@code <=TLSv1.2}, {@code !TLSv1}, {@code TLSv1.3}: those that this machine's Java allows of them.
     */
    private static String[] versions(SSLContext context, List<String> wanted) throws IOException {
        Set<String> possible = Set.of(context.getSupportedSSLParameters().getProtocols());
        Set<String> usual = Set.of(context.getDefaultSSLParameters().getProtocols());
        List<String> allowed = new ArrayList<>(VERSIONS);
        List<String> named = new ArrayList<>();
        for (String word : wanted) {
            int sign = word.startsWith(">=") || word.startsWith("<=") ? 2 : word.startsWith("!") ? 1 : 0;
            String name = word.substring(sign);
            int at = index(name);
            if (at < -1) {
                throw new IOException("unknown TLS protocol: " + word);
            }
            if (word.startsWith(">=")) {
                allowed.removeIf(v -> VERSIONS.indexOf(v) < at);
            } else if (word.startsWith("<=")) {
                allowed.removeIf(v -> VERSIONS.indexOf(v) > at);
            } else if (sign == 1) {
                allowed.removeIf(v -> VERSIONS.indexOf(v) == at);
            } else if (at >= 0) {
                named.add(VERSIONS.get(at));
            }
        }
        if (!named.isEmpty()) {
            allowed.retainAll(named);
        }
        // what the JDK switched off (jdk.tls.disabledAlgorithms) stays off
        allowed.removeIf(v -> !possible.contains(v) || !usual.contains(v));
        if (allowed.isEmpty()) {
            throw new IOException("no TLS protocol is left of: " + String.join(" ", wanted));
        }
        return allowed.toArray(new String[0]);
    }

    /** -1 for the SSL versions, which nobody speaks any more; -2 for what is none. */
    private static int index(String name) {
        for (int i = 0; i < VERSIONS.size(); i++) {
            if (VERSIONS.get(i).equalsIgnoreCase(name) || (i == 0 && name.equalsIgnoreCase("TLSv1.0"))) {
                return i;
            }
        }
        return name.equalsIgnoreCase("SSLv2") || name.equalsIgnoreCase("SSLv3") ? -1 : -2;
    }

    /**
     * Does the handshake on a connection.
     *
     * @param mandatory whether the mandatory protocols count
     * @throws IOException where it fails
     */
    public SSLSocket accept(Socket socket, boolean mandatory) throws IOException {
        SSLSocket encrypted = (SSLSocket) context.getSocketFactory().createSocket(socket, null, true);
        encrypted.setUseClientMode(false);
        encrypted.setEnabledProtocols(mandatory ? mandatoryProtocols.clone() : protocols.clone());
        encrypted.startHandshake();
        return encrypted;
    }
}
