package org.recadero.receive.cleanup;

import java.util.ArrayList;
import java.util.List;
import org.recadero.config.Configuration;
import org.recadero.config.ConfigurationException;
import org.recadero.config.Parameter;
import org.recadero.config.Parameters;
import org.recadero.config.TableSpec;
import org.recadero.message.MimeParts;
import org.recadero.route.Router;
import org.recadero.table.LookupResult;
import org.recadero.table.LookupTable;
import org.recadero.table.OctetTable;
import org.recadero.table.Octets;

/**
 * The tables that look at content, and their bounds. Immutable; safe for all threads.
 *
 * <p>Postfix: header_checks(5), {@code header_checks}, {@code mime_header_checks}, {@code nested_header_checks}, {@code body_checks},
 * {@code body_checks_size_limit}.
 *
 * @param headers the message's own fields
 * @param mime fields that describe a body (MIME-Version, Content-Type and their kin), wherever they stand, and all fields of parts
 * @param nested the fields of messages inside
 * @param bodies lines of bodies
 * @param bodyBytes of each body that are looked at; 0: all
 */
public record ContentChecks(
        Table headers, Table mime, Table nested, Table bodies, int bodyBytes, MimeParts.Limits limits) {

    /**
     * The tables of one parameter, asked one after the other.
     *
     * @param parameter for warnings
     */
    public record Table(String parameter, List<LookupTable> tables) {
        public Table {
            tables = List.copyOf(tables);
        }

        static Table of(Parameter<List<TableSpec>> parameter, Configuration configuration, Router.TableOpener open)
                throws ConfigurationException {
            List<LookupTable> opened = new ArrayList<>();
            for (TableSpec spec : configuration.get(parameter)) {
                opened.add(open.open(spec));
            }
            return new Table(parameter.name(), opened);
        }

        private Table called(String name) {
            return new Table(name, tables);
        }

        boolean isEmpty() {
            return tables.isEmpty();
        }

        /** @param octets one char a byte, as is the answer; an empty key is in no table */
        LookupResult find(String octets) {
            if (octets.isEmpty()) {
                return new LookupResult.NotFound();
            }
            for (LookupTable table : tables) {
                LookupResult result = table instanceof OctetTable exact
                        ? exact.findOctets(octets)
                        : switch (table.find(Octets.text(octets))) {
                            case LookupResult.Found(String value) -> new LookupResult.Found(Octets.of(value));
                            case LookupResult.NotFound none -> none;
                            case LookupResult.Failed failed -> failed;
                        };
                if (!(result instanceof LookupResult.NotFound)) {
                    return result;
                }
            }
            return new LookupResult.NotFound();
        }
    }

    /** @throws ConfigurationException where a table cannot be used */
    static ContentChecks of(Configuration configuration, Router.TableOpener open) throws ConfigurationException {
        return new ContentChecks(
                Table.of(Parameters.HEADER_CHECKS, configuration, open),
                Table.of(Parameters.MIME_HEADER_CHECKS, configuration, open),
                Table.of(Parameters.NESTED_HEADER_CHECKS, configuration, open),
                Table.of(Parameters.BODY_CHECKS, configuration, open),
                configuration.get(Parameters.BODY_CHECKS_SIZE_LIMIT),
                new MimeParts.Limits(
                        configuration.get(Parameters.HEADER_SIZE_LIMIT),
                        configuration.get(Parameters.LINE_LENGTH_LIMIT),
                        configuration.get(Parameters.MIME_NESTING_LIMIT),
                        configuration.get(Parameters.MIME_BOUNDARY_LENGTH_LIMIT),
                        !configuration.get(Parameters.DISABLE_MIME_INPUT_PROCESSING)));
    }

    /**
     * Those of a client's service. Postfix: smtp(8), {@code smtp_header_checks} and kin: neither {@code body_checks_size_limit} nor
     * {@code disable_mime_input_processing} counts there.
     *
     * @param program {@code smtp} or {@code lmtp}, as the names of the parameters begin
     * @param configuration LMTP's laid over SMTP's
     * @throws ConfigurationException where a table cannot be used
     */
    public static ContentChecks ofClient(String program, Configuration configuration, Router.TableOpener open)
            throws ConfigurationException {
        return new ContentChecks(
                Table.of(Parameters.SMTP_HEADER_CHECKS, configuration, open).called(program + "_header_checks"),
                Table.of(Parameters.SMTP_MIME_HEADER_CHECKS, configuration, open)
                        .called(program + "_mime_header_checks"),
                Table.of(Parameters.SMTP_NESTED_HEADER_CHECKS, configuration, open)
                        .called(program + "_nested_header_checks"),
                Table.of(Parameters.SMTP_BODY_CHECKS, configuration, open).called(program + "_body_checks"),
                0,
                new MimeParts.Limits(
                        configuration.get(Parameters.HEADER_SIZE_LIMIT),
                        configuration.get(Parameters.LINE_LENGTH_LIMIT),
                        configuration.get(Parameters.MIME_NESTING_LIMIT),
                        configuration.get(Parameters.MIME_BOUNDARY_LENGTH_LIMIT),
                        true));
    }

    /** None at all. */
    static ContentChecks none(Configuration configuration) {
        Table none = new Table("", List.of());
        return new ContentChecks(
                none,
                none,
                none,
                none,
                0,
                new MimeParts.Limits(
                        configuration.get(Parameters.HEADER_SIZE_LIMIT),
                        configuration.get(Parameters.LINE_LENGTH_LIMIT),
                        0,
                        0,
                        false));
    }

    public boolean isEmpty() {
        return headers.isEmpty() && mime.isEmpty() && nested.isEmpty() && bodies.isEmpty();
    }

    /** Postfix: cleanup(8): mail that is nested too deep is refused where headers are looked at. */
    boolean refusesDeepNesting() {
        return !headers.isEmpty() || !mime.isEmpty() || !nested.isEmpty();
    }
}
