package org.recadero.daemon;

import org.recadero.config.Snapshot;
import org.recadero.dispatch.Plan;
import org.recadero.route.LoginSenders;

/** What one configuration means for the daemon; swapped whole at a reload. A message keeps the one it began with. */
record Running(Snapshot configuration, Plan plan, LoginSenders senders, AuthorizedUsers users) {}
