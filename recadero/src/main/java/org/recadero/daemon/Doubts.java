package org.recadero.daemon;

import java.util.ArrayList;
import java.util.List;
import org.recadero.config.ConfigurationException;
import org.recadero.config.Snapshot;
import org.recadero.route.DomainOverlaps;
import org.recadero.table.MissingTables;
import org.recadero.table.Tables;

/** What an administrator hardly means, said at the start, after a reload and by {@code postfix check}; it stops nothing. */
public final class Doubts {
    private Doubts() {}

    /** @throws ConfigurationException where a list of domains or master.cf cannot be read */
    public static List<String> of(Snapshot configuration, Tables tables) throws ConfigurationException {
        List<String> all = new ArrayList<>(DomainOverlaps.of(configuration, tables::open));
        all.addAll(MissingTables.of(configuration));
        LocalLimits.doubt(configuration).ifPresent(all::add);
        return all;
    }
}
