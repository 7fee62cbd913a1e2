package org.recadero.net.sasl;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.HexFormat;
import java.util.Optional;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** The mechanisms of a line or two each. */
final class PlainExchanges {
    private PlainExchanges() {}

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static ClientExchange.Step unasked() {
        return new ClientExchange.Step.BreakOff("the server asked for more than the mechanism has");
    }

    /** RFC 4616. */
    record Plain(Credentials credentials) implements ClientExchange {
        @Override
        public Mechanism mechanism() {
            return Mechanism.PLAIN;
        }

        @Override
        public Optional<byte[]> initial() {
            return Optional.of(utf8(
                    "\0" + credentials.login() + "\0" + credentials.secret().reveal()));
        }

        @Override
        public Step answer(byte[] challenge) {
            return unasked();
        }
    }

    /** draft-murchison-sasl-login: what the prompts say does not matter. */
    static final class Login implements ClientExchange {
        private final Credentials credentials;
        private int asked;

        Login(Credentials credentials) {
            this.credentials = credentials;
        }

        @Override
        public Mechanism mechanism() {
            return Mechanism.LOGIN;
        }

        @Override
        public Optional<byte[]> initial() {
            return Optional.empty();
        }

        @Override
        public Step answer(byte[] challenge) {
            asked++;
            return switch (asked) {
                case 1 -> new Step.Send(utf8(credentials.login()));
                case 2 -> new Step.Send(credentials.secret().bytes());
                default -> unasked();
            };
        }
    }

    /** RFC 2195. */
    static final class CramMd5 implements ClientExchange {
        private final Credentials credentials;
        private boolean answered;

        CramMd5(Credentials credentials) {
            this.credentials = credentials;
        }

        @Override
        public Mechanism mechanism() {
            return Mechanism.CRAM_MD5;
        }

        @Override
        public Optional<byte[]> initial() {
            return Optional.empty();
        }

        @Override
        public Step answer(byte[] challenge) {
            if (answered) {
                return unasked();
            }
            answered = true;
            byte[] key = credentials.secret().bytes();
            try {
                Mac mac = Mac.getInstance("HmacMD5");
                // an empty key is no key for JCE; HMAC pads with zeros anyway (RFC 2104 §2)
                mac.init(new SecretKeySpec(key.length == 0 ? new byte[1] : key, "HmacMD5"));
                return new Step.Send(
                        utf8(credentials.login() + " " + HexFormat.of().formatHex(mac.doFinal(challenge))));
            } catch (GeneralSecurityException e) {
                return new Step.BreakOff("this JDK has no HMAC-MD5");
            }
        }
    }

    /** Google's XOAUTH2, and RFC 7628. */
    static final class Bearer implements ClientExchange {
        private final Mechanism mechanism;
        private final Credentials credentials;
        private boolean answered;

        Bearer(Mechanism mechanism, Credentials credentials) {
            this.mechanism = mechanism;
            this.credentials = credentials;
        }

        @Override
        public Mechanism mechanism() {
            return mechanism;
        }

        @Override
        public Optional<byte[]> initial() {
            String token = "auth=Bearer " + credentials.secret().reveal() + "\1\1";
            String login = credentials.login();
            return Optional.of(utf8(
                    mechanism == Mechanism.XOAUTH2
                            ? "user=" + login + "\1" + token
                            // RFC 5801 §4: = and , in a name are written =3D and =2C
                            : "n,a=" + login.replace("=", "=3D").replace(",", "=2C") + ",\1" + token));
        }

        @Override
        public Step answer(byte[] challenge) {
            if (answered) {
                return unasked();
            }
            answered = true;
            // SAFETY 29: the challenge is the error as JSON; what follows is the 535. RFC 7628 §3.2.3: a lone ^A
            return new Step.Send(mechanism == Mechanism.XOAUTH2 ? new byte[0] : new byte[] {1});
        }
    }

    /** RFC 4422 appendix A: the certificate says who we are. */
    record External() implements ClientExchange {
        @Override
        public Mechanism mechanism() {
            return Mechanism.EXTERNAL;
        }

        @Override
        public Optional<byte[]> initial() {
            return Optional.of(new byte[0]);
        }

        @Override
        public Step answer(byte[] challenge) {
            return unasked();
        }
    }
}
