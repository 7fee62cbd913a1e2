package org.recadero.route;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.recadero.config.Configuration;
import org.recadero.config.ConfigurationException;
import org.recadero.config.Parameter;
import org.recadero.config.Parameters;
import org.recadero.config.TableSpec;
import org.recadero.envelope.Address;
import org.recadero.envelope.Envelope;
import org.recadero.envelope.ReversePath;
import org.recadero.os.UserDatabase;
import org.recadero.os.UserDatabaseException;
import org.recadero.table.LookupResult;
import org.recadero.table.LookupTable;

/**
 * Decides whose account a message goes through: whom the maps by sender are asked for. Immutable, made anew for each
 * configuration.
 *
 * <p>DIFFERS: for Postfix it is the envelope's sender, always. But who writes {@code From: pepe@gmail.com} and hands that to
 * {@code sendmail -t} means pepe's account, and the envelope then has nothing but the login name, completed, which no provider
 * knows. So where no map knows the completed login name either, the From field's address chooses, if a map knows it and
 * {@code local_login_sender_maps} lets this user send as it. The envelope stays as it is. {@code recadero_sender_from_header =
 * no} is Postfix's way.
 */
public final class AccountRule {
    /** Whom the maps are asked for. */
    public sealed interface Answer {
        /** @param reason empty: the envelope's sender, as always */
        record Is(ReversePath account, Optional<Reason> reason) implements Answer {}

        /** @param text for log and mailq */
        record Failed(String text) implements Answer {}
    }

    /** Reads the From field; asked at most once, and only where it could matter. */
    @FunctionalInterface
    public interface Author {
        Optional<Address> read() throws IOException;
    }

    /** The users of this machine. */
    public interface Logins {
        /** @param completion a login name as cleanup completes it */
        static Logins of(UserDatabase users, Function<String, Optional<Address>> completion) {
            return new Logins() {
                @Override
                public Optional<String> name(int uid) throws UserDatabaseException {
                    return users.byUid(uid).map(UserDatabase.User::name);
                }

                @Override
                public Optional<Address> completed(String login) {
                    return completion.apply(login);
                }
            };
        }

        /** His login name; empty where he has none. */
        Optional<String> name(int uid) throws UserDatabaseException;

        /** A login name as the envelope has it: completed. */
        Optional<Address> completed(String login);
    }

    private enum Known {
        YES,
        NO
    }

    private final Configuration configuration;
    private final Logins logins;
    private final LoginSenders permitted;
    private final List<LookupTable> maps;

    /**
     * Reads what the choice needs.
     *
     * @param services the configurations of the master.cf services that send by SMTP: each may have passwords of its own
     */
    public AccountRule(
            Configuration configuration,
            List<? extends Configuration> services,
            Router.TableOpener open,
            LoginSenders permitted,
            Logins logins)
            throws ConfigurationException {
        this.configuration = Objects.requireNonNull(configuration);
        this.permitted = Objects.requireNonNull(permitted);
        this.logins = Objects.requireNonNull(logins);
        Set<TableSpec> specs = new LinkedHashSet<>();
        for (Parameter<List<TableSpec>> each : List.of(
                Parameters.SENDER_DEPENDENT_RELAYHOST_MAPS, Parameters.SENDER_DEPENDENT_DEFAULT_TRANSPORT_MAPS)) {
            specs.addAll(configuration.get(each));
        }
        List<Configuration> all = new ArrayList<>(services);
        all.add(configuration);
        for (Configuration each : all) {
            if (each.get(Parameters.SMTP_SENDER_DEPENDENT_AUTHENTICATION)) {
                specs.addAll(each.get(Parameters.RECADERO_SMTP_SASL_TOKEN_MAPS));
                specs.addAll(each.get(Parameters.SMTP_SASL_PASSWORD_MAPS));
            }
        }
        List<LookupTable> tables = new ArrayList<>();
        for (TableSpec spec : specs) {
            tables.add(open.open(spec));
        }
        this.maps = List.copyOf(tables);
    }

    /** Decides for one message. */
    public Answer choose(Envelope envelope, Author author) {
        Answer asAlways = new Answer.Is(envelope.sender(), Optional.empty());
        if (maps.isEmpty()
                || !configuration.get(Parameters.RECADERO_SENDER_FROM_HEADER)
                || envelope.uid().isEmpty()
                || !(envelope.sender() instanceof ReversePath.Sender(Address sender))) {
            return asAlways;
        }
        try {
            Optional<String> login = logins.name(envelope.uid().get());
            if (login.isEmpty()
                    || !logins.completed(login.get()).filter(sender::equals).isPresent()
                    || permitted.names(login.get(), sender)
                    || known(sender) == Known.YES) {
                return asAlways;
            }
            Optional<Address> from = author.read();
            if (from.isEmpty() || from.get().equals(sender) || known(from.get()) == Known.NO) {
                return asAlways;
            }
            return switch (permitted.allows(login.get(), from.get().internal())) {
                case LoginSenders.Answer.Allowed a ->
                    new Answer.Is(
                            new ReversePath.Sender(from.get()),
                            Optional.of(new Reason(
                                    "the From field's " + from.get() + " chooses the account, since no map knows "
                                            + sender + " (recadero_sender_from_header = yes)",
                                    configuration.source(Parameters.RECADERO_SENDER_FROM_HEADER))));
                case LoginSenders.Answer.Refused r -> asAlways;
                case LoginSenders.Answer.Failed(String why) -> new Answer.Failed(why);
            };
        } catch (UserDatabaseException e) {
            return new Answer.Failed(
                    "the user database cannot be asked for the sender's login name: " + e.getMessage());
        } catch (TableFailure e) {
            return new Answer.Failed("the sender's account cannot be looked up: " + e.getMessage());
        } catch (IOException e) {
            return new Answer.Failed("the From field cannot be read: " + e.getMessage());
        }
    }

    /** A table that failed; caught in this class. */
    private static final class TableFailure extends IOException {
        private static final long serialVersionUID = 1L;

        TableFailure(String text) {
            super(text);
        }
    }

    private Known known(Address address) throws TableFailure {
        for (String key : SenderMaps.keys(address, configuration)) {
            for (LookupTable table : maps) {
                switch (table.find(key)) {
                    case LookupResult.Found found -> {
                        return Known.YES;
                    }
                    case LookupResult.NotFound none -> {
                        continue;
                    }
                    case LookupResult.Failed(String why) -> throw new TableFailure(why);
                }
            }
        }
        return Known.NO;
    }
}
