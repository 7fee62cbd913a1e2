package org.recadero.net.tls;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;

/** Reads certificates and keys from PEM files. A certificate that cannot be read is passed over, as OpenSSL does. */
final class ClientFiles {
    /** Where Debian, then Red Hat keep theirs. */
    private static final List<Path> SYSTEM =
            List.of(Path.of("/etc/ssl/certs/ca-certificates.crt"), Path.of("/etc/pki/tls/certs/ca-bundle.crt"));

    private static final int MOST_BYTES = 16 << 20;
    private static final int MOST_CERTIFICATES = 10_000;
    private static final Pattern PEM =
            Pattern.compile("-----BEGIN ([A-Z0-9 ]{1,40})-----([^-]{1,1000000})-----END \\1-----");

    private ClientFiles() {}

    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Block(String kind, byte[] bytes) {}

    static X509TrustManager trustManager(ClientPolicy.Trust trust) throws IOException, GeneralSecurityException {
        List<Path> files = new ArrayList<>();
        if (!trust.anchors().isEmpty()) {
            // Postfix: smtp_tls_trust_anchor_file: the other CAs are not used then
            files.addAll(trust.anchors());
        } else {
            trust.caFile().ifPresent(files::add);
            if (trust.caPath().isPresent()) {
                files.addAll(certificatesIn(trust.caPath().get()));
            }
            if (files.isEmpty()) {
                // DIFFERS: Postfix trusts nobody then; here the system's certificates count, so that verifying can be a
                // default
                Optional<Path> system = SYSTEM.stream().filter(Files::exists).findFirst();
                if (system.isEmpty()) {
                    return trustManager((KeyStore) null);
                }
                files.add(system.get());
            }
        }
        KeyStore store = emptyStore();
        for (Path file : files) {
            for (Certificate certificate : certificates(file)) {
                store.setCertificateEntry("ca" + store.size(), certificate);
            }
        }
        if (store.size() == 0) {
            throw new IOException("no certificate in " + files);
        }
        return trustManager(store);
    }

    private static List<Path> certificatesIn(Path folder) throws IOException {
        List<Path> files = new ArrayList<>();
        try (DirectoryStream<Path> all = Files.newDirectoryStream(folder)) {
            for (Path each : all) {
                // Postfix: CApath holds links that c_rehash made
                if (each.getFileName().toString().matches("[0-9a-f]{8}\\.[0-9]+") && files.size() < MOST_CERTIFICATES) {
                    files.add(each);
                }
            }
        }
        return files;
    }

    private static KeyStore emptyStore() throws IOException, GeneralSecurityException {
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        return store;
    }

    @SuppressWarnings("NullAway") // null is JSSE's word for its own default store
    private static X509TrustManager trustManager(@org.jspecify.annotations.Nullable KeyStore store)
            throws GeneralSecurityException {
        TrustManagerFactory factory = TrustManagerFactory.getInstance("PKIX");
        factory.init(store);
        for (TrustManager manager : factory.getTrustManagers()) {
            if (manager instanceof X509TrustManager x509) {
                return x509;
            }
        }
        throw new GeneralSecurityException("no X.509 trust manager");
    }

    static KeyManager[] keyManagers(ClientPolicy.Identity identity) throws IOException, GeneralSecurityException {
        List<Certificate> chain = certificates(identity.certificates());
        if (chain.isEmpty()) {
            throw new IOException("no certificate in " + identity.certificates());
        }
        KeyStore store = emptyStore();
        char[] password = "key".toCharArray();
        store.setKeyEntry(
                "identity",
                key(identity.key(), chain.getFirst().getPublicKey().getAlgorithm()),
                password,
                chain.toArray(Certificate[]::new));
        KeyManagerFactory factory = KeyManagerFactory.getInstance("PKIX");
        factory.init(store, password);
        return factory.getKeyManagers();
    }

    private static PrivateKey key(Path file, String algorithm) throws IOException, GeneralSecurityException {
        for (Block block : blocks(file)) {
            switch (block.kind) {
                case "PRIVATE KEY" -> {
                    return KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(block.bytes));
                }
                case "RSA PRIVATE KEY" -> {
                    return KeyFactory.getInstance("RSA").generatePrivate(new PKCS8EncodedKeySpec(wrapped(block.bytes)));
                }
                default -> {
                    // a certificate, or parameters
                }
            }
        }
        throw new InvalidKeySpecException("no key that can be used in " + file
                + " (PRIVATE KEY or RSA PRIVATE KEY; openssl pkcs8 -topk8 -nocrypt converts others)");
    }

    /** RFC 5208 §5 round RFC 8017 §A.1.2: version 0, rsaEncryption, the key as an octet string. */
    private static byte[] wrapped(byte[] pkcs1) {
        byte[] head = {
            0x02,
            0x01,
            0x00,
            0x30,
            0x0d,
            0x06,
            0x09,
            0x2a,
            (byte) 0x86,
            0x48,
            (byte) 0x86,
            (byte) 0xf7,
            0x0d,
            0x01,
            0x01,
            0x01,
            0x05,
            0x00
        };
        byte[] octets = tagged((byte) 0x04, pkcs1);
        byte[] inside = new byte[head.length + octets.length];
        System.arraycopy(head, 0, inside, 0, head.length);
        System.arraycopy(octets, 0, inside, head.length, octets.length);
        return tagged((byte) 0x30, inside);
    }

    private static byte[] tagged(byte tag, byte[] body) {
        int size = body.length;
        byte[] head = {tag, (byte) 0x83, (byte) (size >> 16), (byte) (size >> 8), (byte) size};
        byte[] all = new byte[head.length + size];
        System.arraycopy(head, 0, all, 0, head.length);
        System.arraycopy(body, 0, all, head.length, size);
        return all;
    }

    private static List<Certificate> certificates(Path file) throws IOException, GeneralSecurityException {
        CertificateFactory factory = CertificateFactory.getInstance("X.509");
        List<Certificate> found = new ArrayList<>();
        for (Block block : blocks(file)) {
            if (block.kind.endsWith("CERTIFICATE") && found.size() < MOST_CERTIFICATES) {
                certificate(factory, block.bytes).ifPresent(found::add);
            }
        }
        return found;
    }

    /** Empty for one that this JDK does not understand: nobody can use it as issuer. */
    private static Optional<Certificate> certificate(CertificateFactory factory, byte[] bytes) {
        try {
            return Optional.of(factory.generateCertificate(new ByteArrayInputStream(bytes)));
        } catch (CertificateException e) {
            return Optional.empty();
        }
    }

    private static List<Block> blocks(Path file) throws IOException {
        if (Files.size(file) > MOST_BYTES) {
            throw new IOException(file + " is longer than " + MOST_BYTES + " bytes");
        }
        List<Block> blocks = new ArrayList<>();
        Matcher matcher = PEM.matcher(Files.readString(file, StandardCharsets.ISO_8859_1));
        while (matcher.find()) {
            try {
                blocks.add(new Block(matcher.group(1), Base64.getMimeDecoder().decode(matcher.group(2))));
            } catch (IllegalArgumentException e) {
                throw new IOException(file + ": a block is not base64");
            }
        }
        return blocks;
    }
}
