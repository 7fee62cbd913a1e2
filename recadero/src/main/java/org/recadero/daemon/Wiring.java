package org.recadero.daemon;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.recadero.config.Configuration;
import org.recadero.config.ConfigurationException;
import org.recadero.config.MasterCf;
import org.recadero.config.Parameter;
import org.recadero.config.Parameters;
import org.recadero.config.Services;
import org.recadero.config.Snapshot;
import org.recadero.config.TableSpec;
import org.recadero.deliver.Deliverer;
import org.recadero.deliver.StatusFilter;
import org.recadero.deliver.UnusableService;
import org.recadero.deliver.fixed.FixedDelivery;
import org.recadero.deliver.local.LocalDelivery;
import org.recadero.deliver.local.LocalTables;
import org.recadero.deliver.pipe.PipeDelivery;
import org.recadero.deliver.smtp.ClientFlags;
import org.recadero.deliver.smtp.SmtpClients;
import org.recadero.dispatch.Agent;
import org.recadero.dispatch.Plan;
import org.recadero.dispatch.Step;
import org.recadero.log.MailLog;
import org.recadero.os.ExecCommands;
import org.recadero.receive.cleanup.Cleanup;
import org.recadero.rewrite.Rewriter;
import org.recadero.route.AccountRule;
import org.recadero.route.LoginSenders;
import org.recadero.route.OwnAddresses;
import org.recadero.route.Resolution;
import org.recadero.route.Router;
import org.recadero.table.LookupTable;
import org.recadero.table.TableLog;
import org.recadero.table.Tables;

/**
 * Makes of a configuration all that changes with it: tables, router, agents. What outlives a reload (locks of mailboxes, the
 * queue) is given to the constructor.
 */
final class Wiring {
    private final LocalDelivery.Machine machine;
    private final LocalDelivery.Shared shared;
    private final SmtpClients smtp;
    private final MailLog log;
    private final ExecCommands commands = new ExecCommands(ExecCommands.besideProgram());

    Wiring(LocalDelivery.Machine machine, LocalDelivery.Shared shared, SmtpClients smtp, MailLog log) {
        this.machine = machine;
        this.shared = shared;
        this.smtp = smtp;
        this.log = log;
    }

    private Tables tables(String program) {
        return new Tables(new Tables.Surroundings(
                machine.users(),
                machine.identities()::readRootFile,
                TableLog.of(log, program),
                InstantSource.system()));
    }

    /** A table for cleanup. */
    LookupTable openTable(TableSpec spec) throws ConfigurationException {
        return tables("cleanup").open(spec);
    }

    /** @see Doubts */
    List<String> doubts(Snapshot configuration) throws ConfigurationException {
        return Doubts.of(configuration, tables("trivial-rewrite"));
    }

    /** @throws ConfigurationException where something that it names cannot be used; nothing has changed then */
    Running of(Snapshot configuration) throws ConfigurationException {
        Tables tables = tables("local");
        Cleanup.check(configuration, this::openTable);
        // the agents' filters come from it; what is wrong with it is said though each may have one of its own
        for (TableSpec spec : configuration.get(Parameters.DEFAULT_DELIVERY_STATUS_FILTER)) {
            Objects.requireNonNull(tables.open(spec));
        }
        Router router = new Router(configuration, tables::open, OwnAddresses.of(configuration));
        Map<String, Agent> agents = new HashMap<>();
        agents.put("local", localAgent(configuration, local(configuration, tables, router)));
        fixed(agents, configuration, "error", FixedDelivery.Kind.ERROR, "error");
        fixed(agents, configuration, "retry", FixedDelivery.Kind.RETRY, "error");
        fixed(agents, configuration, "discard", FixedDelivery.Kind.DISCARD, "discard");
        List<Snapshot> services = addSmtp(agents, configuration);
        pipes(configuration, agents);
        LoginSenders senders = new LoginSenders(configuration, tables::open);
        AccountRule accounts = new AccountRule(
                configuration,
                services,
                tables::open,
                senders,
                AccountRule.Logins.of(machine.users(), new Rewriter(configuration)::completed));
        return new Running(
                configuration,
                new Plan(configuration, router, agents, accounts),
                senders,
                AuthorizedUsers.of(configuration, tables::open));
    }

    private static Agent localAgent(Snapshot configuration, LocalDelivery local) throws ConfigurationException {
        LocalLimits limits = LocalLimits.of(configuration);
        return new Agent(
                "local",
                local,
                limits.batchedBy(),
                limits(configuration, "local", limits.concurrency(), limits.recipients()));
    }

    /**
     * One client for each service whose command is smtp or lmtp: {@code smtp}, {@code relay}, {@code lmtp}, and others of any name; the
     * configurations of those that speak SMTP.
     */
    private List<Snapshot> addSmtp(Map<String, Agent> agents, Snapshot configuration) throws ConfigurationException {
        Tables tables = new Tables(new Tables.Surroundings(
                machine.users(), machine.identities()::readRootFile, TableLog.of(log, "smtp"), InstantSource.system()));
        List<Services.Service> services = Services.of(configuration, "smtp");
        List<Services.Service> all = new ArrayList<>(services);
        all.addAll(Services.of(configuration, "lmtp"));
        for (Services.Service service : all) {
            String program = SmtpClients.program(service.entry().command(), service.configuration());
            agents.put(
                    service.name(),
                    new Agent(
                            program,
                            client(service, program, tables),
                            Agent.Destination.NEXT_HOP,
                            limits(configuration, service.name())));
        }
        return services.stream().map(Services.Service::configuration).toList();
    }

    private Deliverer client(Services.Service service, String program, Tables tables) throws ConfigurationException {
        MasterCf.Entry entry = service.entry();
        ClientFlags flags;
        try {
            flags = ClientFlags.of(entry.arguments());
        } catch (ConfigurationException e) {
            log.warning(program, entry.source() + ": service " + service.name() + ": " + e.getMessage());
            return new UnusableService(service.name(), String.valueOf(e.getMessage()));
        }
        Deliverer client = smtp.client(service.name(), entry.command(), flags, service.configuration(), tables::open);
        Parameter<List<TableSpec>> filter = entry.command().equals("lmtp")
                ? Parameters.LMTP_DELIVERY_STATUS_FILTER
                : Parameters.SMTP_DELIVERY_STATUS_FILTER;
        return statusFilter(filter, service.configuration(), tables, program).around(client);
    }

    private StatusFilter statusFilter(
            Parameter<List<TableSpec>> parameter, Configuration configuration, Tables tables, String program)
            throws ConfigurationException {
        List<LookupTable> opened = new ArrayList<>();
        for (TableSpec spec : configuration.get(parameter)) {
            opened.add(tables.open(spec));
        }
        return new StatusFilter(parameter.name(), opened, program, log);
    }

    /** Postfix: transport_destination_concurrency_limit and its kin, with defaults for all transports. */
    private static Agent.Limits limits(Snapshot configuration, String transport) throws ConfigurationException {
        int concurrency = limit(
                configuration,
                transport + "_destination_concurrency_limit",
                configuration.get(Parameters.DEFAULT_DESTINATION_CONCURRENCY_LIMIT));
        int recipients = limit(
                configuration,
                transport + "_destination_recipient_limit",
                configuration.get(Parameters.DEFAULT_DESTINATION_RECIPIENT_LIMIT));
        return limits(configuration, transport, concurrency, recipients);
    }

    private static Agent.Limits limits(Snapshot configuration, String transport, int concurrency, int recipients)
            throws ConfigurationException {
        int initial = limit(
                configuration,
                transport + "_initial_destination_concurrency",
                configuration.get(Parameters.INITIAL_DESTINATION_CONCURRENCY));
        return new Agent.Limits(concurrency, initial, recipients, feedback(configuration, transport), Agent.Pauses.NONE)
                .with(pauses(configuration, transport));
    }

    private static Agent.Limits oneAtATime(Snapshot configuration, String transport) throws ConfigurationException {
        return Agent.Limits.oneAtATime().with(pauses(configuration, transport));
    }

    private static Agent.Feedback feedback(Snapshot configuration, String transport) throws ConfigurationException {
        return new Agent.Feedback(
                step(configuration, transport, Parameters.DEFAULT_DESTINATION_CONCURRENCY_POSITIVE_FEEDBACK),
                step(configuration, transport, Parameters.DEFAULT_DESTINATION_CONCURRENCY_NEGATIVE_FEEDBACK),
                configuration.ofTransport(transport, Parameters.DEFAULT_DESTINATION_CONCURRENCY_FAILED_COHORT_LIMIT));
    }

    private static Step step(Snapshot configuration, String transport, Parameter<String> parameter)
            throws ConfigurationException {
        String text = configuration.ofTransport(transport, parameter);
        try {
            return Step.parse(text);
        } catch (IllegalArgumentException e) {
            throw new ConfigurationException("bad value for " + parameter.name() + " or that of " + transport + ": '"
                    + text + "' is " + e.getMessage());
        }
    }

    /**
     * Postfix: qmgr(8), transport_destination_rate_delay, transport_transport_rate_delay. DIFFERS: where a delivery may have one
     * recipient only, Postfix pauses for each recipient by himself; whoever wants it slow means the server.
     */
    private static Agent.Pauses pauses(Snapshot configuration, String transport) throws ConfigurationException {
        return new Agent.Pauses(
                configuration.ofTransport(transport, Parameters.DEFAULT_DESTINATION_RATE_DELAY),
                configuration.ofTransport(transport, Parameters.DEFAULT_TRANSPORT_RATE_DELAY));
    }

    /** 0 means no limit of its own: the dispatcher's bounds count. */
    private static int limit(Snapshot configuration, String name, int otherwise) throws ConfigurationException {
        int value = otherwise;
        if (configuration.isSet(name)) {
            String text = configuration.expanded(name);
            if (!text.matches("[0-9]{1,9}")) {
                throw new ConfigurationException(
                        configuration.source(name).map(s -> s + ": ").orElse("") + "bad numerical configuration: "
                                + name + " = " + text);
            }
            value = Integer.parseInt(text);
        }
        return value == 0 ? 1_000 : value;
    }

    private LocalDelivery local(Configuration configuration, Tables tables, Router router)
            throws ConfigurationException {
        List<LookupTable> aliases = new ArrayList<>();
        for (TableSpec spec : configuration.get(Parameters.ALIAS_MAPS)) {
            aliases.add(tables.openAliases(spec));
        }
        LocalTables local = new LocalTables(
                aliases,
                openFixed(tables, configuration, Parameters.MAILBOX_COMMAND_MAPS),
                openFixed(tables, configuration, Parameters.MAILBOX_TRANSPORT_MAPS),
                openFixed(tables, configuration, Parameters.FALLBACK_TRANSPORT_MAPS),
                statusFilter(Parameters.LOCAL_DELIVERY_STATUS_FILTER, configuration, tables, "local")
                        .tables());
        return new LocalDelivery(
                configuration,
                local,
                machine,
                shared,
                address -> router.resolve(address) instanceof Resolution.Routed r
                        && r.transport().equals("local"),
                commands,
                System.getenv(),
                log);
    }

    /** The services of master.cf that hand mail to a program. */
    private void pipes(Snapshot configuration, Map<String, Agent> agents) throws ConfigurationException {
        PipeDelivery.Machine programs = new PipeDelivery.Machine(
                commands, machine.identities(), machine.users(), System.getenv(), machine.clock(), machine.zone());
        Path file = configuration.directory().resolve("master.cf");
        if (!Files.exists(file)) {
            return;
        }
        Tables tables = tables("pipe");
        for (MasterCf.Entry entry : MasterCf.read(file).entries()) {
            if (!entry.command().equals("pipe") || entry.type() != MasterCf.Type.UNIX) {
                continue;
            }
            Deliverer pipe;
            try {
                Snapshot own = configuration.with(entry.overrides(), entry.source());
                pipe = statusFilter(Parameters.PIPE_DELIVERY_STATUS_FILTER, own, tables, "pipe")
                        .around(new PipeDelivery(entry, own, programs, log));
            } catch (ConfigurationException e) {
                log.warning("pipe", entry.source() + ": service " + entry.service() + ": " + e.getMessage());
                pipe = new UnusableService(entry.service(), String.valueOf(e.getMessage()));
            }
            agents.put(
                    entry.service(),
                    new Agent("pipe", pipe, Agent.Destination.NEXT_HOP, limits(configuration, entry.service())));
        }
    }

    private static List<LookupTable> openFixed(
            Tables tables, Configuration configuration, Parameter<List<TableSpec>> parameter)
            throws ConfigurationException {
        List<LookupTable> opened = new ArrayList<>();
        for (TableSpec spec : configuration.get(parameter)) {
            opened.add(tables.openFixed(spec));
        }
        return opened;
    }

    private static void fixed(
            Map<String, Agent> agents,
            Snapshot configuration,
            String transport,
            FixedDelivery.Kind kind,
            String program)
            throws ConfigurationException {
        agents.put(
                transport,
                new Agent(
                        program,
                        new FixedDelivery(kind),
                        Agent.Destination.ANSWER,
                        oneAtATime(configuration, transport)));
    }
}
