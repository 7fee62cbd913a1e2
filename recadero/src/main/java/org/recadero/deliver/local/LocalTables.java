package org.recadero.deliver.local;

import java.util.List;
import org.recadero.table.LookupTable;

/**
 * The open tables that local delivery asks.
 *
 * @param aliases {@code alias_maps}
 * @param mailboxCommands {@code mailbox_command_maps}
 * @param mailboxTransports {@code mailbox_transport_maps}
 * @param fallbackTransports {@code fallback_transport_maps}
 * @param statusFilter {@code local_delivery_status_filter}
 */
public record LocalTables(
        List<LookupTable> aliases,
        List<LookupTable> mailboxCommands,
        List<LookupTable> mailboxTransports,
        List<LookupTable> fallbackTransports,
        List<LookupTable> statusFilter) {
    public LocalTables {
        aliases = List.copyOf(aliases);
        mailboxCommands = List.copyOf(mailboxCommands);
        mailboxTransports = List.copyOf(mailboxTransports);
        fallbackTransports = List.copyOf(fallbackTransports);
        statusFilter = List.copyOf(statusFilter);
    }
}
