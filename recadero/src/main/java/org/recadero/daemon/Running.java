package org.recadero.daemon;

import org.recadero.config.Snapshot;
import org.recadero.dispatch.Plan;

/** What one configuration means for the daemon; swapped whole at a reload. A message keeps the one it began with. */
record Running(Snapshot configuration, Plan plan, AuthorizedUsers users) {}
