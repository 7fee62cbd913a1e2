package org.recadero.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Programs that people send with, each by 25 in the clear, by 587 with STARTTLS and a login, by 465 with TLS from the first byte:
 * swaks, Python's smtplib, msmtp, mutt. The logins are made by {@code recadero passwd}.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ClientsTest {
    private static final String PASSWORD = "contraseña: sí #1";
    private static final List<Integer> PORTS = List.of(25, 587, 465);
    private Machine machine;

    /** @param script bash, with {@code $port}, {@code $password} and a message on standard input */
    record Client(String name, String script) {
        @Override
        public String toString() {
            return name;
        }
    }

    /** @param client and the port it sends by */
    record Way(Client client, int port) {
        @Override
        public String toString() {
            return client + " by " + port;
        }
    }

    static Stream<Way> ways() {
        return Stream.of(
                        new Client("swaks", """
                                case $port in
                                25) how= ;;
                                587) how="--tls --auth PLAIN" ;;
                                465) how="--tls-on-connect --auth LOGIN" ;;
                                esac
                                [ -z "$how" ] || how="$how --auth-user usuario --tls-verify --tls-ca-path /etc/ssl/prueba.pem"
                                swaks --server cliente.example.net:$port --from usuario@example.net --to otro@example.net \\
                                  --data - --suppress-data $how ${how:+--auth-password "$password"}
                                """),
                        new Client("smtplib", """
                                cat >/tmp/m; python3 - $port "$password" <<'END'
                                import base64, smtplib, ssl, sys
                                port, password = int(sys.argv[1]), sys.argv[2]
                                tls = ssl.create_default_context(cafile='/etc/ssl/prueba.pem')
                                if port == 465:
                                    s = smtplib.SMTP_SSL('cliente.example.net', port, context=tls)
                                else:
                                    s = smtplib.SMTP('cliente.example.net', port)
                                if port == 587:
                                    s.starttls(context=tls)
                                if port != 25:
                                    s.ehlo()
                                    # smtplib's own login takes ASCII only
                                    plain = base64.b64encode(('\\0usuario\\0' + password).encode()).decode()
                                    code, text = s.docmd('AUTH', 'PLAIN ' + plain)
                                    assert code == 235, text
                                print(s.sendmail('usuario@example.net', ['otro@example.net'], open('/tmp/m', 'rb').read()))
                                s.quit()
                                END
                                """),
                        new Client("msmtp", """
                                { echo "account default"; echo "host cliente.example.net"; echo "port $port"
                                  echo "from usuario@example.net"
                                  [ $port = 25 ] || { echo "tls on"; echo "tls_trust_file /etc/ssl/prueba.pem"; echo "auth plain"; echo "user usuario"
                                    printf 'password "%s"\\n' "$password"; }
                                  [ $port = 465 ] && echo "tls_starttls off"
                                } >~/.msmtprc; chmod 600 ~/.msmtprc
                                msmtp -C ~/.msmtprc otro@example.net
                                """),
                        new Client("mutt", """
                                case $port in
                                25) url=smtp://cliente.example.net:25/ ;;
                                587) url=smtp://usuario@cliente.example.net:587/ ;;
                                465) url=smtps://usuario@cliente.example.net:465/ ;;
                                esac
                                { echo "set smtp_url='$url' from=usuario@example.net ssl_starttls=yes ssl_force_tls=$([ $port = 25 ] && echo no || echo yes)"
                                  echo "set smtp_pass='$password' record='' copy=no ssl_ca_certificates_file=/etc/ssl/prueba.pem"
                                  echo "set certificate_file=/etc/ssl/prueba.pem smtp_authenticators='plain:login'"
                                  [ $port = 25 ] && echo "set ssl_starttls=no"
                                } >~/.muttrc; chmod 600 ~/.muttrc
                                mutt -F ~/.muttrc -H -
                                """))
                .flatMap(client -> PORTS.stream().map(port -> new Way(client, port)));
    }

    @BeforeAll
    void setUp() {
        assumeTrue(Mta.subject() == Mta.RECADERO, "recadero passwd is ours");
        machine = Machine.withMailPrograms(Mta.RECADERO);
        Chapter.configure(machine);
        machine.shell("""
                openssl req -x509 -newkey rsa:2048 -nodes -days 30 -subj /CN=cliente.example.net \\
                  -addext subjectAltName=DNS:cliente.example.net -keyout /etc/ssl/prueba.key -out /etc/ssl/prueba.pem 2>/dev/null
                chmod 600 /etc/ssl/prueba.key
                cat >>/etc/postfix/master.cf <<'END'
                submission inet n - y - - smtpd
                  -o smtpd_tls_security_level=encrypt
                  -o smtpd_sasl_auth_enable=yes
                  -o smtpd_client_restrictions=permit_sasl_authenticated,reject
                smtps inet n - y - - smtpd
                  -o smtpd_tls_wrappermode=yes
                  -o smtpd_sasl_auth_enable=yes
                  -o smtpd_client_restrictions=permit_sasl_authenticated,reject
                END
                """).succeeded();
        Chapter.settings(
                machine,
                List.of(
                        "inet_interfaces = all",
                        "smtpd_tls_chain_files = /etc/ssl/prueba.key, /etc/ssl/prueba.pem",
                        "smtpd_sasl_type = passwd-file",
                        "smtpd_sasl_path = users",
                        "smtpd_tls_received_header = yes"));
        machine.exec("root", PASSWORD + "\n", "recadero", "passwd", "usuario").succeeded();
        Chapter.start(machine);
    }

    @AfterAll
    void close() {
        if (machine != null) {
            machine.close();
        }
    }

    @ParameterizedTest
    @MethodSource("ways")
    void sends(Way way) {
        machine.shell("rm -f /var/mail/otro").succeeded();
        int mark = machine.mailLog().size();
        Result result = run(way, PASSWORD);
        assertThat(result.status())
                .as(result.out() + result.err() + machine.tail())
                .isZero();
        Submission.awaitQuiet(machine, mark);
        String text = machine.read("/var/mail/otro");
        assertThat(text)
                .contains("Subject: por " + way.port() + "\n")
                .contains("\nHola,\n.punto\n")
                .contains("for <otro@example.net>");
        boolean login = way.port() != 25;
        assertThat(Submission.since(machine, mark).stream()
                        .filter(line -> line.text().contains("sasl_username=usuario"))
                        .count())
                .isEqualTo(login ? 1 : 0);
        // mutt says HELO where it neither logs in nor encrypts
        assertThat(text).containsPattern(login ? "with ESMTPSA id" : "with E?SMTP id");
    }

    @Test
    void refusesAWrongPasswordAndOneThatIsGone() {
        Way way = ways().filter(w -> w.client().name().equals("msmtp") && w.port() == 587)
                .findFirst()
                .orElseThrow();
        assertThat(run(way, "otra").status()).isNotZero();
        machine.exec("root", "efimera\n", "recadero", "passwd", "usuario").succeeded();
        assertThat(run(way, "efimera").status()).isZero();
        assertThat(run(way, PASSWORD).status()).isNotZero();
        machine.exec("root", "", "recadero", "passwd", "-d", "usuario").succeeded();
        assertThat(run(way, "efimera").status()).isNotZero();
        machine.exec("root", PASSWORD + "\n", "recadero", "passwd", "usuario").succeeded();
        assertThat(machine.ownerAndMode("/etc/postfix/users")).startsWith("0:").endsWith(":640");
        assertThat(machine.read(Machine.MAIL_LOG)).doesNotContain("efimera").doesNotContain("contrase");
    }

    private Result run(Way way, String password) {
        String message =
                "From: usuario@example.net\nTo: otro@example.net\nSubject: por " + way.port() + "\n\nHola,\n.punto\n";
        String script = "port=$1 password=$2\n" + way.client().script();
        return machine.exec("usuario", message, "bash", "-c", script, "bash", Integer.toString(way.port()), password);
    }
}
