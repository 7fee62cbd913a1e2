package org.recadero.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class RegistryTest {
    private static final Registry REGISTRY = Registry.recorded();

    @Test
    void hasAConstantForEachHonouredName() {
        Set<String> honoured = REGISTRY.all().values().stream()
                .filter(k -> k.state() == Registry.State.HONOURED)
                .map(k -> LmtpParameters.counterpart(k.name()).orElse(k.name()))
                .collect(Collectors.toCollection(TreeSet::new));
        assertThat(Parameters.names()).containsAll(honoured);
    }

    @Test
    void knowsTheNameOfEachConstant() {
        for (Parameter<?> parameter : Parameters.all()) {
            assertThat(REGISTRY.find(parameter.name())).as(parameter.name()).isPresent();
        }
    }

    @Test
    void listsEachConstant() throws ReflectiveOperationException {
        List<Object> fields = new ArrayList<>();
        for (Field field : Parameters.class.getFields()) {
            if (Modifier.isStatic(field.getModifiers()) && field.getType() == Parameter.class) {
                fields.add(Objects.requireNonNull(field.get(null)));
            }
        }
        assertThat(Parameters.all()).containsExactlyInAnyOrderElementsOf(cast(fields));
    }

    private static List<Parameter<?>> cast(List<Object> fields) {
        return fields.stream().<Parameter<?>>map(f -> (Parameter<?>) f).toList();
    }

    /** CONTRACTS: a name in state honoured that no code reads is no promise; and what the code reads has an effect. */
    @Test
    void callsHonouredJustWhatTheCodeReads() throws IOException, URISyntaxException, ReflectiveOperationException {
        Path classes = Path.of(Parameters.class
                .getProtectionDomain()
                .getCodeSource()
                .getLocation()
                .toURI());
        assumeTrue(
                Files.exists(classes.resolve("org/recadero/daemon/Daemon.class"))
                        && Files.exists(classes.resolve("org/recadero/Main.class")),
                "only where all classes are compiled");
        String pools = constantPools(classes);
        List<String> wrong = new ArrayList<>();
        for (Field field : Parameters.class.getFields()) {
            Parameter<?> parameter = (Parameter<?>) Objects.requireNonNull(field.get(null));
            String utf8 = "\u0001\0" + (char) field.getName().length() + field.getName();
            Registry.State state = REGISTRY.find(parameter.name()).orElseThrow().state();
            boolean read = pools.contains(utf8);
            if (state == Registry.State.HONOURED && !read) {
                wrong.add(parameter.name() + ": honoured in parameters.tsv, but no code reads " + field.getName());
            } else if (read && (state == Registry.State.NOT_YET || state == Registry.State.NEVER)) {
                wrong.add(parameter.name() + ": the code reads it: «honoured» in parameters.tsv");
            }
        }
        assertThat(wrong).isEmpty();
    }

    /** The classes outside this package, as text in which a constant's name can be found. */
    private static String constantPools(Path classes) throws IOException {
        StringBuilder pools = new StringBuilder();
        try (Stream<Path> all = Files.walk(classes.resolve("org/recadero"))) {
            for (Path each : all.filter(p -> p.toString().endsWith(".class")).toList()) {
                // the configuration names all parameters; RecipientDelimiter takes addresses apart as two of them say
                if (!each.toString().contains("/org/recadero/config/") || each.endsWith("RecipientDelimiter.class")) {
                    pools.append(new String(Files.readAllBytes(each), StandardCharsets.ISO_8859_1));
                }
            }
        }
        return pools.toString();
    }

    @Test
    void hasPostfixsDefaultsButWhereItSaysWhyNot() throws IOException {
        Map<String, String> postfix = recorded();
        Map<String, String> different = new TreeMap<>();
        for (Map.Entry<String, String> entry : postfix.entrySet()) {
            Registry.Known known = REGISTRY.find(entry.getKey())
                    .or(() -> REGISTRY.ofTransport(entry.getKey()))
                    .orElseThrow(() -> new AssertionError("unknown: " + entry.getKey()));
            if (known.value().isPresent()
                    && !known.value().get().equals(entry.getValue())
                    && known.differs().isEmpty()) {
                different.put(entry.getKey(), known.value().get());
            }
        }
        assertThat(different).isEmpty();
    }

    @Test
    void computesOnlyWhatDependsOnTheMachine() {
        assertThat(REGISTRY.all().values().stream()
                        .filter(k -> k.value().isEmpty())
                        .map(Registry.Known::name))
                .containsExactlyInAnyOrder("myhostname", "mydomain", "mynetworks", "process_id", "process_name");
    }

    @Test
    void expandsAllButRawParametersWhenTheyAreRead() {
        for (Parameter<?> parameter : Parameters.all()) {
            assertThat(parameter.expands())
                    .as(parameter.name())
                    .isEqualTo(!REGISTRY.find(parameter.name()).orElseThrow().isRaw());
        }
    }

    @Test
    void beginsItsOwnNamesWithRecadero() throws IOException {
        Set<String> postfix = recorded().keySet();
        assertThat(REGISTRY.all().keySet()).allMatch(name -> name.startsWith("recadero_") || postfix.contains(name));
    }

    @Test
    void findsTheNearestName() {
        assertThat(REGISTRY.nearest("relayhots")).contains("relayhost");
        assertThat(REGISTRY.nearest("my_hostname")).contains("myhostname");
        assertThat(REGISTRY.nearest("xyzzy_plugh_nothing_like_it")).isEmpty();
        assertThat(REGISTRY.nearest("x".repeat(100_000))).isEmpty();
    }

    private static Map<String, String> recorded() throws IOException {
        Map<String, String> recorded = new TreeMap<>();
        try (InputStream in = Objects.requireNonNull(RegistryTest.class.getResourceAsStream("postconf-d.txt"));
                BufferedReader reader = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8))) {
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                int equals = line.indexOf('=');
                recorded.put(
                        line.substring(0, equals).strip(),
                        line.substring(equals + 1).strip());
            }
        }
        return recorded;
    }
}
