package org.recadero.e2e;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;

/** The certificates of lab/pki.sh, good and bad, for servers of a test. Safe for all threads. */
final class Certificates {
    private static final Path SCRIPT = Path.of("../lab/pki.sh").toAbsolutePath().normalize();

    private final Machine machine;
    private final Map<String, SSLContext> contexts = new ConcurrentHashMap<>();

    private Certificates(Machine machine) {
        this.machine = machine;
    }

    /** Makes them on a machine. */
    static Certificates on(Machine machine) throws IOException {
        Path script = machine.file("/tmp/pki.sh");
        Files.copy(SCRIPT, script);
        machine.shell("bash /tmp/pki.sh /lab-ca").succeeded();
        return new Certificates(machine);
    }

    /** Makes none: for servers without TLS. */
    static Certificates none(Machine machine) {
        return new Certificates(machine);
    }

    /** That of the CA, in PEM. */
    String authority() {
        return machine.read("/lab-ca/ca.pem");
    }

    /** What a server with this certificate uses. */
    SSLContext context(String name) {
        return contexts.computeIfAbsent(name, this::load);
    }

    private SSLContext load(String name) {
        try {
            byte[] chain = machine.read("/lab-ca/" + name + ".pem").getBytes(StandardCharsets.ISO_8859_1);
            Certificate[] certificates = CertificateFactory.getInstance("X.509")
                    .generateCertificates(new ByteArrayInputStream(chain))
                    .toArray(Certificate[]::new);
            String key = machine.read("/lab-ca/" + name + ".key").replaceAll("-----[A-Z ]+-----", "");
            PrivateKey secret = KeyFactory.getInstance("RSA")
                    .generatePrivate(
                            new PKCS8EncodedKeySpec(Base64.getMimeDecoder().decode(key)));
            KeyStore store = KeyStore.getInstance("PKCS12");
            store.load(null, null);
            store.setKeyEntry("key", secret, new char[0], certificates);
            KeyManagerFactory keys = KeyManagerFactory.getInstance("PKIX");
            keys.init(store, new char[0]);
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(keys.getKeyManagers(), null, null);
            return context;
        } catch (GeneralSecurityException | IOException e) {
            throw new AssertionError(e);
        }
    }
}
