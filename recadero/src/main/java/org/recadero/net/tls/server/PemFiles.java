package org.recadero.net.tls.server;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.SignatureException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.interfaces.ECPublicKey;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Keys and certificates in PEM (RFC 7468), in the forms that OpenSSL writes. */
final class PemFiles {
    /** Bound for one file, in bytes. */
    static final int MAX_BYTES = 1 << 20;

    private static final Pattern BLOCK =
            Pattern.compile("-----BEGIN ([A-Z0-9 ]+)-----([^-]*)-----END \\1-----", Pattern.DOTALL);
    private static final byte[] RSA_OID = {
        0x30, 0x0d, 0x06, 0x09, 0x2a, (byte) 0x86, 0x48, (byte) 0x86, (byte) 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00
    };
    private static final byte[] EC_OID = {0x06, 0x07, 0x2a, (byte) 0x86, 0x48, (byte) 0xce, 0x3d, 0x02, 0x01};

    private PemFiles() {}

    /** A block: what it says it is, and its bytes. */
    @SuppressWarnings("ArrayRecordComponent") // never compared, never given away
    record Block(String label, byte[] der) {
        boolean isCertificate() {
            return label.equals("CERTIFICATE");
        }

        boolean isKey() {
            return label.endsWith("PRIVATE KEY");
        }
    }

    static List<Block> blocks(byte[] file) throws IOException {
        List<Block> blocks = new ArrayList<>();
        Matcher matcher = BLOCK.matcher(new String(file, StandardCharsets.ISO_8859_1));
        while (matcher.find()) {
            String body = matcher.group(2).replaceAll("\\s", "");
            if (body.contains(":")) {
                throw new IOException("the key is encrypted; keys with a passphrase are not supported");
            }
            try {
                blocks.add(new Block(matcher.group(1), Base64.getDecoder().decode(body)));
            } catch (IllegalArgumentException e) {
                throw new IOException("a " + matcher.group(1) + " block is no base64");
            }
        }
        return blocks;
    }

    static List<X509Certificate> certificates(List<Block> blocks) throws IOException {
        List<X509Certificate> all = new ArrayList<>();
        try {
            CertificateFactory factory = CertificateFactory.getInstance("X.509");
            for (Block block : blocks) {
                if (block.isCertificate()) {
                    all.add((X509Certificate) factory.generateCertificate(new ByteArrayInputStream(block.der())));
                }
            }
        } catch (GeneralSecurityException e) {
            throw new IOException("bad certificate: " + e.getMessage());
        }
        return all;
    }

    /**
     * A private key.
     *
     * @param certificate whose key it is
     * @throws IOException where it is no key that can be read, or another certificate's
     */
    static PrivateKey key(Block block, X509Certificate certificate) throws IOException {
        byte[] pkcs8 = switch (block.label()) {
            case "PRIVATE KEY" -> block.der();
            case "RSA PRIVATE KEY" -> sequence(join(new byte[] {2, 1, 0}, RSA_OID, tagged(4, block.der())));
            case "EC PRIVATE KEY" -> ofEc(block.der(), certificate);
            case "ENCRYPTED PRIVATE KEY" ->
                throw new IOException("the key is encrypted; keys with a passphrase are not supported");
            default -> throw new IOException("a " + block.label() + " is not supported");
        };
        try {
            PublicKey of = certificate.getPublicKey();
            PrivateKey key = KeyFactory.getInstance(of.getAlgorithm()).generatePrivate(new PKCS8EncodedKeySpec(pkcs8));
            if (!fit(key, of)) {
                throw new IOException("the key is another certificate's");
            }
            return key;
        } catch (GeneralSecurityException e) {
            throw new IOException("bad private key: " + e.getMessage());
        }
    }

    /** Whether what one signs the other knows. */
    private static boolean fit(PrivateKey key, PublicKey other) throws GeneralSecurityException {
        if (key.getAlgorithm().equals("RSASSA-PSS")) {
            // signs with the certificate's parameters only: what does not fit shows in the first handshake
            return true;
        }
        Signature signature = Signature.getInstance(
                switch (key.getAlgorithm()) {
                    case "RSA" -> "SHA256withRSA";
                    case "EC" -> "SHA256withECDSA";
                    default -> key.getAlgorithm();
                });
        byte[] text = {1, 2, 3};
        signature.initSign(key);
        signature.update(text);
        byte[] signed = signature.sign();
        signature.initVerify(other);
        signature.update(text);
        try {
            return signature.verify(signed);
        } catch (SignatureException e) {
            // of another length
            return false;
        }
    }

    /** RFC 5915 in RFC 5958; the curve is the certificate's. */
    private static byte[] ofEc(byte[] der, X509Certificate certificate) throws IOException {
        if (!(certificate.getPublicKey() instanceof ECPublicKey)) {
            throw new IOException("the key is for another kind of certificate");
        }
        // SubjectPublicKeyInfo ::= SEQUENCE { AlgorithmIdentifier, BIT STRING }: its first element is what is needed
        byte[] info = certificate.getPublicKey().getEncoded();
        int at = info.length > 1 && (info[1] & 0x80) != 0 ? 2 + (info[1] & 0x7f) : 2;
        int length = 2 + info[at + 1];
        byte[] algorithm = java.util.Arrays.copyOfRange(info, at, at + length);
        if (indexOf(algorithm, EC_OID) < 0) {
            throw new IOException("the key is for another kind of certificate");
        }
        return sequence(join(new byte[] {2, 1, 0}, algorithm, tagged(4, der)));
    }

    private static int indexOf(byte[] bytes, byte[] wanted) {
        for (int i = 0; i + wanted.length <= bytes.length; i++) {
            if (java.util.Arrays.equals(bytes, i, i + wanted.length, wanted, 0, wanted.length)) {
                return i;
            }
        }
        return -1;
    }

    private static byte[] sequence(byte[] inside) {
        return tagged(0x30, inside);
    }

    /** DER: tag, length, content. */
    private static byte[] tagged(int tag, byte[] inside) {
        ByteArrayOutputStream out = new ByteArrayOutputStream(inside.length + 5);
        out.write(tag);
        if (inside.length < 0x80) {
            out.write(inside.length);
        } else if (inside.length < 0x100) {
            out.write(0x81);
            out.write(inside.length);
        } else {
            out.write(0x82);
            out.write(inside.length >> 8);
            out.write(inside.length);
        }
        out.writeBytes(inside);
        return out.toByteArray();
    }

    private static byte[] join(byte[]... parts) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            out.writeBytes(part);
        }
        return out.toByteArray();
    }
}
