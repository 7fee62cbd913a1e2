package org.recadero.net.sasl;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.text.Normalizer;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * SCRAM (RFC 5802, RFC 7677). The server must prove that it knows the password too; between {@value #LEAST_ITERATIONS} and
 * {@value #MOST_ITERATIONS} iterations (SAFETY 29).
 */
final class ScramExchange implements ClientExchange {
    static final int LEAST_ITERATIONS = 4_096;
    static final int MOST_ITERATIONS = 1_000_000;
    private static final int MOST_CHARS = 4_096;

    private final Mechanism mechanism;
    private final Credentials credentials;
    private final Optional<byte[]> binding;
    private final String nonce;
    private final String hmac;
    private final String hash;
    private int step;
    private byte @Nullable [] serverSignature;
    private boolean proved;

    ScramExchange(Mechanism mechanism, Credentials credentials, Optional<byte[]> binding, SecureRandom random) {
        this(mechanism, credentials, binding, nonce(random));
    }

    /** With a given nonce: for test vectors. */
    ScramExchange(Mechanism mechanism, Credentials credentials, Optional<byte[]> binding, String nonce) {
        this.mechanism = mechanism;
        this.credentials = credentials;
        this.binding = binding;
        this.nonce = nonce;
        boolean old = mechanism == Mechanism.SCRAM_SHA_1;
        this.hmac = old ? "HmacSHA1" : "HmacSHA256";
        this.hash = old ? "SHA-1" : "SHA-256";
    }

    private static String nonce(SecureRandom random) {
        byte[] bytes = new byte[18];
        random.nextBytes(bytes);
        return Base64.getEncoder().encodeToString(bytes);
    }

    @Override
    public Mechanism mechanism() {
        return mechanism;
    }

    private String gs2Header() {
        return binding.isPresent() ? "p=tls-exporter,," : "n,,";
    }

    private String bareFirst() {
        // RFC 5802 §5.1: = and , in a name are written =3D and =2C
        return "n=" + prepared(credentials.login()).replace("=", "=3D").replace(",", "=2C") + ",r=" + nonce;
    }

    @Override
    public Optional<byte[]> initial() {
        return Optional.of((gs2Header() + bareFirst()).getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public Step answer(byte[] challenge) {
        step++;
        if (challenge.length > MOST_CHARS) {
            return new Step.BreakOff("a SCRAM challenge over " + MOST_CHARS + " octets");
        }
        String text = new String(challenge, StandardCharsets.UTF_8);
        try {
            return switch (step) {
                case 1 -> first(text);
                case 2 -> last(text);
                default -> new Step.BreakOff("the server asked for more than SCRAM has");
            };
        } catch (GeneralSecurityException e) {
            return new Step.BreakOff("this JDK cannot do " + mechanism.saslName());
        } catch (IllegalArgumentException e) {
            return new Step.BreakOff("a malformed SCRAM challenge");
        }
    }

    private Step first(String text) throws GeneralSecurityException {
        Map<Character, String> fields = fields(text);
        String both = fields.getOrDefault('r', "");
        String iterations = fields.getOrDefault('i', "");
        byte[] salt = Base64.getDecoder().decode(fields.getOrDefault('s', ""));
        if (fields.containsKey('m') || !both.startsWith(nonce) || both.length() == nonce.length() || salt.length == 0) {
            return new Step.BreakOff("a SCRAM challenge that does not answer ours");
        }
        if (!iterations.matches("[0-9]{1,9}")
                || Integer.parseInt(iterations) < LEAST_ITERATIONS
                || Integer.parseInt(iterations) > MOST_ITERATIONS) {
            return new Step.BreakOff(
                    "SCRAM with less than " + LEAST_ITERATIONS + " or more than " + MOST_ITERATIONS + " iterations");
        }
        byte[] header = gs2Header().getBytes(StandardCharsets.US_ASCII);
        byte[] bound = binding.orElse(new byte[0]);
        byte[] channel = new byte[header.length + bound.length];
        System.arraycopy(header, 0, channel, 0, header.length);
        System.arraycopy(bound, 0, channel, header.length, bound.length);
        String withoutProof = "c=" + Base64.getEncoder().encodeToString(channel) + ",r=" + both;

        byte[] password = prepared(credentials.secret().reveal()).getBytes(StandardCharsets.UTF_8);
        byte[] salted = saltedPassword(password, salt, Integer.parseInt(iterations));
        byte[] clientKey = mac(salted, "Client Key");
        byte[] storedKey = MessageDigest.getInstance(hash).digest(clientKey);
        String message = bareFirst() + "," + text + "," + withoutProof;
        byte[] proof = mac(storedKey, message);
        for (int i = 0; i < proof.length; i++) {
            proof[i] ^= clientKey[i];
        }
        serverSignature = mac(mac(salted, "Server Key"), message);
        return new Step.Send(
                (withoutProof + ",p=" + Base64.getEncoder().encodeToString(proof)).getBytes(StandardCharsets.UTF_8));
    }

    private Step last(String text) {
        Map<Character, String> fields = fields(text);
        if (fields.containsKey('e')) {
            // the server says why not; its 535 follows an empty answer
            return new Step.Send(new byte[0]);
        }
        byte[] signature = Base64.getDecoder().decode(fields.getOrDefault('v', ""));
        if (serverSignature == null || !MessageDigest.isEqual(signature, serverSignature)) {
            return new Step.BreakOff("the server does not know the password itself");
        }
        proved = true;
        return new Step.Send(new byte[0]);
    }

    @Override
    public boolean isServerProved() {
        return proved;
    }

    private static Map<Character, String> fields(String text) {
        Map<Character, String> fields = new HashMap<>();
        for (String field : text.split(",", -1)) {
            if (field.length() >= 2 && field.charAt(1) == '=') {
                fields.putIfAbsent(field.charAt(0), field.substring(2));
            }
        }
        return fields;
    }

    /** RFC 5802 §2.2 Hi(). */
    private byte[] saltedPassword(byte[] password, byte[] salt, int iterations) throws GeneralSecurityException {
        Mac mac = keyed(password);
        mac.update(salt);
        byte[] u = mac.doFinal(new byte[] {0, 0, 0, 1});
        byte[] result = u.clone();
        for (int i = 1; i < iterations; i++) {
            u = mac.doFinal(u);
            for (int j = 0; j < result.length; j++) {
                result[j] ^= u[j];
            }
        }
        return result;
    }

    private byte[] mac(byte[] key, String text) throws GeneralSecurityException {
        return keyed(key).doFinal(text.getBytes(StandardCharsets.UTF_8));
    }

    private Mac keyed(byte[] key) throws GeneralSecurityException {
        Mac mac = Mac.getInstance(hmac);
        // an empty key is no key for JCE; HMAC pads with zeros anyway (RFC 2104 §2)
        mac.init(new SecretKeySpec(key.length == 0 ? new byte[1] : key, hmac));
        return mac;
    }

    /** RFC 4013 for what people type: other blanks become blanks, soft hyphens and joiners go, then NFKC. */
    private static String prepared(String text) {
        if (text.chars().allMatch(c -> c >= 0x20 && c < 0x7f)) {
            return text;
        }
        StringBuilder mapped = new StringBuilder(text.length());
        text.codePoints().forEach(c -> {
            if (Character.getType(c) == Character.SPACE_SEPARATOR) {
                mapped.append(' ');
            } else if (c != 0xad && c != 0x200b && c != 0x200c && c != 0x200d && c != 0x2060 && c != 0xfeff) {
                mapped.appendCodePoint(c);
            }
        });
        return Normalizer.normalize(mapped, Normalizer.Form.NFKC);
    }
}
