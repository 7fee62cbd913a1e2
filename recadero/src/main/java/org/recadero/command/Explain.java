package org.recadero.command;

import java.io.PrintStream;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.recadero.config.ConfigurationException;
import org.recadero.config.Configurations;
import org.recadero.config.Snapshot;
import org.recadero.envelope.Address;
import org.recadero.explain.AccountTrial;
import org.recadero.explain.Explainer;
import org.recadero.explain.Explanation;
import org.recadero.explain.ExplanationJson;
import org.recadero.explain.ExplanationText;
import org.recadero.os.LibcUserDatabase;
import org.recadero.os.ProcessFacts;
import org.recadero.os.UserDatabase;
import org.recadero.os.UserDatabaseException;
import org.recadero.status.SysExits;
import org.recadero.table.RootFileReader;
import org.recadero.table.TableLog;
import org.recadero.table.Tables;

/**
 * {@code recadero explain [-f SENDER] [-F FROM] -t RECIPIENT [--json]}: what would become of a message, with file and line of each
 * rule, by the configuration on disk. Exit status 0: it would go somewhere; 75: it would wait; 64, 78: usage, configuration.
 */
final class Explain {
    private final Words words;
    private final PrintStream out;
    private final PrintStream err;
    private final UserDatabase users = new LibcUserDatabase();

    Explain(Words words, PrintStream out, PrintStream err) {
        this.words = words;
        this.out = out;
        this.err = err;
    }

    private record Arguments(
            Optional<String> sender, Optional<String> from, Optional<String> recipient, boolean json, boolean wrong) {
        static Arguments of(List<String> given) {
            Optional<String> sender = Optional.empty();
            Optional<String> from = Optional.empty();
            Optional<String> recipient = Optional.empty();
            boolean json = false;
            for (int i = 0; i < given.size(); i++) {
                String word = given.get(i);
                if (word.equals("--json")) {
                    json = true;
                    continue;
                }
                if (i + 1 == given.size()) {
                    return new Arguments(sender, from, recipient, json, true);
                }
                Optional<String> value = Optional.of(given.get(++i));
                switch (word) {
                    case "-f" -> sender = value;
                    case "-F" -> from = value;
                    case "-t" -> recipient = value;
                    default -> {
                        return new Arguments(sender, from, recipient, json, true);
                    }
                }
            }
            return new Arguments(sender, from, recipient, json, recipient.isEmpty());
        }
    }

    int run(List<String> given, Map<String, String> environment) {
        Arguments arguments = Arguments.of(given);
        if (arguments.wrong()) {
            err.println(words.text("explain-usage"));
            return SysExits.USAGE;
        }
        try {
            Snapshot configuration = Configurations.load(Configurations.folder(Optional.empty(), environment))
                    .configuration();
            int uid = new ProcessFacts().uids().real();
            Optional<Address> from = arguments.from().map(Address::of);
            String sender = arguments.sender().isPresent()
                    ? arguments.sender().get()
                    : users.byUid(uid).map(UserDatabase.User::name).orElse("");
            Explanation explanation = explainer(configuration)
                    .explain(new Explainer.Question(
                            unbracketed(sender),
                            unbracketed(arguments.recipient().orElse("")),
                            from,
                            Optional.of(uid)));
            return tell(explanation, arguments.json());
        } catch (IllegalArgumentException e) {
            err.println("recadero: " + arguments.from().orElse("") + ": " + e.getMessage());
            return SysExits.USAGE;
        } catch (UserDatabaseException e) {
            err.println("recadero: " + e.getMessage());
            return SysExits.TEMPORARY_FAILURE;
        } catch (ConfigurationException e) {
            err.println("recadero: " + e.getMessage());
            return SysExits.CONFIG;
        }
    }

    private Explainer explainer(Snapshot configuration) throws ConfigurationException {
        Tables tables =
                new Tables(new Tables.Surroundings(users, RootFileReader.none(), log(), InstantSource.system()));
        return new Explainer(configuration, tables::open, users, this::warn);
    }

    /** {@code recadero test SENDER}: exit status 0: mail would go out; 1: it would not. */
    int test(List<String> given, Map<String, String> environment) {
        if (given.size() != 1 || given.getFirst().isEmpty() || given.getFirst().startsWith("-")) {
            err.println(words.text("test-usage"));
            return SysExits.USAGE;
        }
        try (AccountTrial.Servers servers = AccountTrial.realServers()) {
            Snapshot configuration = Configurations.load(Configurations.folder(Optional.empty(), environment))
                    .configuration();
            AccountTrial.Result result =
                    new AccountTrial(explainer(configuration), servers).run(unbracketed(given.getFirst()));
            AccountTrial.text(result, words::text).forEach(out::println);
            hint(result.explanation());
            return result.passed() ? SysExits.OK : 1;
        } catch (ConfigurationException e) {
            err.println("recadero: " + e.getMessage());
            return SysExits.CONFIG;
        }
    }

    private int tell(Explanation explanation, boolean json) {
        if (json) {
            out.println(ExplanationJson.of(explanation));
        } else {
            ExplanationText.of(explanation, words::text).forEach(out::println);
        }
        hint(explanation);
        boolean waits = explanation.route().waits().isPresent()
                || explanation.accountWaits().isPresent()
                || explanation.route().deferred()
                || (!explanation.hops().isEmpty()
                        && explanation.hops().stream().allMatch(h -> h.waits().isPresent()));
        return waits ? SysExits.TEMPORARY_FAILURE : SysExits.OK;
    }

    private void hint(Explanation explanation) {
        if (explanation.waits().stream().anyMatch(w -> w.endsWith("Permission denied"))) {
            err.println("recadero: " + words.text("explain-as-root"));
        }
    }

    private static String unbracketed(String address) {
        return address.startsWith("<") && address.endsWith(">") ? address.substring(1, address.length() - 1) : address;
    }

    private TableLog log() {
        return new TableLog() {
            @Override
            public void warning(String text) {
                warn(text);
            }

            @Override
            public void info(String text) {
                // nothing that somebody asked for
            }
        };
    }

    private void warn(String text) {
        err.println(words.text("explain-warning", text));
    }
}
