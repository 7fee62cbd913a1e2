package org.recadero.net.tls;

import java.io.IOException;
import java.net.IDN;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateNotYetValidException;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import javax.net.ssl.ExtendedSSLSession;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLKeyException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSession;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedTrustManager;
import javax.net.ssl.X509TrustManager;
import org.recadero.net.dns.Literals;

/**
 * Handshakes with servers. One context, and so one session cache, for each policy and account (SAFETY 27), made at first use and
 * kept as long as this configuration is.
 *
 * <p>The handshake itself takes any certificate; whose it is is judged behind it, before the caller gets the socket, also when a
 * session is resumed: Postfix ends with «Server certificate not verified» after a handshake too, and a level that does not demand
 * proof still wants to know. Safe for all threads.
 */
public final class ClientTls {
    private static final int MOST_CONTEXTS = 256;
    private static final int BINDING_BYTES = 32;

    /** What makes a context. */
    private record Key(ClientPolicy policy, String account) {}

    private record Made(SSLContext context, Optional<X509TrustManager> trust) {}

    /**
     * Whom the caller means.
     *
     * @param nextHop the domain of the next hop as written, without brackets and port
     * @param host the host that stands for it: the same, or what MX named
     * @param account who logs in; empty for nobody. Sessions of two are never mixed
     */
    public record Target(String nextHop, String host, int port, String account) {}

    /** A finished handshake. */
    public record Established(SSLSocket socket, ClientPeer peer) {}

    private final SecureRandom random;
    private final int sessionSeconds;
    private final ReentrantLock lock = new ReentrantLock();
    private final LinkedHashMap<Key, Made> contexts = new LinkedHashMap<>(16, 0.75f, true);

    /** @param sessionSeconds how long a session may be resumed */
    public ClientTls(SecureRandom random, int sessionSeconds) {
        this.random = random;
        this.sessionSeconds = sessionSeconds;
    }

    /**
     * Shakes hands over a connected socket, whose time-out counts for each read.
     *
     * @throws IOException where it fails, a file cannot be read or nothing is left to offer
     */
    public Established handshake(Socket plain, Target target, ClientPolicy policy) throws IOException {
        Made made = context(new Key(policy, target.account));
        // the same host string each time: JSSE keeps sessions by it
        SSLSocket socket =
                (SSLSocket) made.context.getSocketFactory().createSocket(plain, target.host, target.port, true);
        SSLParameters parameters = socket.getSSLParameters();
        if (!policy.protocols().isEmpty()) {
            parameters.setProtocols(policy.protocols().toArray(String[]::new));
        }
        parameters.setCipherSuites(ClientCiphers.allowed(parameters.getCipherSuites(), policy.excludedCiphers()));
        parameters.setServerNames(sni(policy.serverName().orElse(target.host)));
        socket.setSSLParameters(parameters);
        socket.startHandshake();
        return new Established(socket, judge(socket, made, target, policy));
    }

    private static List<javax.net.ssl.SNIServerName> sni(String host) {
        if (Literals.parse(host).isPresent()) {
            return List.of();
        }
        try {
            return List.of(new SNIHostName(IDN.toASCII(host)));
        } catch (IllegalArgumentException e) {
            // RFC 6066 §3 has no way to write this name (one with an underscore): the server shows its default
            return List.of();
        }
    }

    // ---- contexts

    private Made context(Key key) throws IOException {
        lock.lock();
        try {
            Made known = contexts.get(key);
            if (known != null) {
                return known;
            }
            Made made = make(key.policy);
            contexts.put(key, made);
            if (contexts.size() > MOST_CONTEXTS) {
                contexts.pollFirstEntry();
            }
            return made;
        } catch (GeneralSecurityException e) {
            throw new SSLKeyException("cannot use the certificates: " + e.getMessage());
        } finally {
            lock.unlock();
        }
    }

    private Made make(ClientPolicy policy) throws IOException, GeneralSecurityException {
        KeyManager[] keys = policy.identity().isPresent()
                ? ClientFiles.keyManagers(policy.identity().get())
                : new KeyManager[0];
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(keys, new TrustManager[] {new TakesAny()}, random);
        context.getClientSessionContext().setSessionTimeout(sessionSeconds);
        Optional<X509TrustManager> trust;
        try {
            trust = Optional.of(ClientFiles.trustManager(policy.trust()));
        } catch (IOException e) {
            if (policy.level().isProving()) {
                throw e;
            }
            trust = Optional.empty();
        }
        return new Made(context, trust);
    }

    /** Judged after the handshake, by {@link #judge}. */
    private static final class TakesAny extends X509ExtendedTrustManager {
        @Override
        public void checkClientTrusted(X509Certificate[] chain, String authType, Socket socket)
                throws CertificateException {
            throw new CertificateException("this is no server");
        }

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String authType, javax.net.ssl.SSLEngine engine)
                throws CertificateException {
            throw new CertificateException("this is no server");
        }

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String authType) throws CertificateException {
            throw new CertificateException("this is no server");
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String authType, Socket socket) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String authType, javax.net.ssl.SSLEngine engine) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String authType) {}

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }

    // ---- judging

    private static ClientPeer judge(SSLSocket socket, Made made, Target target, ClientPolicy policy)
            throws IOException {
        SSLSession session = socket.getSession();
        X509Certificate[] chain = chain(session);
        Optional<String> distrust = distrust(chain, made.trust);
        boolean byFingerprint = policy.level() == ClientLevel.FINGERPRINT;
        List<String> names = ClientNames.of(chain[0]);
        boolean named = byFingerprint
                ? isListed(chain[0], policy)
                : policy.matches().stream().anyMatch(m -> ClientNames.matches(names, pattern(m, target)));
        Optional<String> problem;
        if (byFingerprint) {
            problem = named ? Optional.empty() : Optional.of("fingerprint mismatch");
        } else if (distrust.isPresent()) {
            problem = distrust;
        } else {
            problem = named ? Optional.empty() : Optional.of("hostname mismatch");
        }
        return new ClientPeer(
                session.getProtocol(),
                ClientCiphers.openSslName(session.getCipherSuite()),
                byFingerprint ? named : distrust.isEmpty(),
                named,
                problem,
                names,
                Optional.of(chain[0].getNotAfter().toInstant()),
                binding(session),
                session.getLocalCertificates() != null);
    }

    private static X509Certificate[] chain(SSLSession session) throws IOException {
        Certificate[] given = session.getPeerCertificates();
        X509Certificate[] chain = Arrays.stream(given)
                .filter(X509Certificate.class::isInstance)
                .map(X509Certificate.class::cast)
                .toArray(X509Certificate[]::new);
        if (chain.length == 0) {
            throw new IOException("the server has no certificate");
        }
        return chain;
    }

    private static String pattern(String match, Target target) {
        return switch (match) {
            case "hostname" -> target.host;
            case "nexthop" -> target.nextHop;
            case "dot-nexthop" -> "." + target.nextHop;
            default -> match;
        };
    }

    /** Why the chain is not trusted, in OpenSSL's words as far as they are known; empty where it is. */
    private static Optional<String> distrust(X509Certificate[] chain, Optional<X509TrustManager> trust) {
        if (trust.isEmpty()) {
            return Optional.of("untrusted issuer " + issuer(chain));
        }
        try {
            trust.get().checkServerTrusted(chain, "UNKNOWN");
            return Optional.empty();
        } catch (CertificateException e) {
            return Optional.of(words(chain));
        }
    }

    private static String words(X509Certificate[] chain) {
        for (X509Certificate certificate : chain) {
            try {
                certificate.checkValidity();
            } catch (CertificateExpiredException e) {
                return "certificate has expired";
            } catch (CertificateNotYetValidException e) {
                return "certificate is not yet valid";
            }
        }
        boolean selfSigned =
                chain.length == 1 && chain[0].getSubjectX500Principal().equals(chain[0].getIssuerX500Principal());
        return selfSigned ? "self-signed certificate" : "untrusted issuer " + issuer(chain);
    }

    private static String issuer(X509Certificate[] chain) {
        return chain[chain.length - 1].getIssuerX500Principal().getName();
    }

    /** Postfix: smtp_tls_fingerprint_cert_match: digests of the certificate or of its public key. */
    private static boolean isListed(X509Certificate certificate, ClientPolicy policy) throws IOException {
        String algorithm = switch (policy.fingerprintDigest().toLowerCase(Locale.ROOT)) {
            case "sha1" -> "SHA-1";
            case "md5" -> "MD5";
            case "sha256" -> "SHA-256";
            case "sha384" -> "SHA-384";
            case "sha512" -> "SHA-512";
            default -> throw new IOException("unknown fingerprint digest: " + policy.fingerprintDigest());
        };
        try {
            MessageDigest digest = MessageDigest.getInstance(algorithm);
            HexFormat colons = HexFormat.ofDelimiter(":").withUpperCase();
            String whole = colons.formatHex(digest.digest(certificate.getEncoded()));
            String key =
                    colons.formatHex(digest.digest(certificate.getPublicKey().getEncoded()));
            return policy.matches().stream().anyMatch(m -> m.equalsIgnoreCase(whole) || m.equalsIgnoreCase(key));
        } catch (GeneralSecurityException e) {
            throw new IOException("cannot take a fingerprint: " + e.getMessage());
        }
    }

    private static Optional<byte[]> binding(SSLSession session) {
        if (!session.getProtocol().equals("TLSv1.3") || !(session instanceof ExtendedSSLSession extended)) {
            return Optional.empty();
        }
        try {
            // RFC 9266 §4.2
            return Optional.of(
                    extended.exportKeyingMaterialData("EXPORTER-Channel-Binding", new byte[0], BINDING_BYTES));
        } catch (IOException | UnsupportedOperationException e) {
            return Optional.empty();
        }
    }
}
