package org.recadero.command;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.recadero.config.ConfigurationException;
import org.recadero.config.Snapshot;
import org.recadero.config.TableSpec;
import org.recadero.os.Errno;
import org.recadero.os.ErrnoException;
import org.recadero.os.FileStatus;
import org.recadero.os.FileSystem;
import org.recadero.table.Tables;

/**
 * Looks at the files with logins that {@code smtp_sasl_password_maps} and {@code recadero_smtp_sasl_token_maps} name, and at their
 * indexes: whether others can read
 * them, and whether the daemon can. It reads none of them.
 */
final class PasswordFiles {
    private static final List<String> PARAMETERS = List.of("smtp_sasl_password_maps", "recadero_smtp_sasl_token_maps");
    private static final Set<String> WITHOUT_INDEX = Set.of("texthash", "regexp", "pcre", "cidr");
    private static final int MOST_NESTING = 10;
    private static final int OTHERS_READ = 0004;
    private static final int GROUP_READS = 0040;
    private static final int OWNER_READS = 0400;

    private final FileSystem files;
    private final MailOwner owner;

    PasswordFiles(FileSystem files, MailOwner owner) {
        this.files = files;
        this.owner = owner;
    }

    /** What is wrong, each with the command that mends it. */
    List<String> faults(Snapshot configuration) {
        List<String> faults = new ArrayList<>();
        for (String parameter : PARAMETERS) {
            try {
                String defaultType = configuration.expanded("default_database_type");
                for (String word : configuration.expanded(parameter).split("[\\s,]+", -1)) {
                    if (!word.isEmpty()) {
                        faults.addAll(faults(parameter, Tables.spec(word, defaultType), 0));
                    }
                }
            } catch (ConfigurationException e) {
                faults.add(parameter + ": " + e.getMessage());
            }
        }
        return faults;
    }

    private List<String> faults(String parameter, TableSpec spec, int depth) {
        if (spec.type().equals("proxy") && depth < MOST_NESTING) {
            return faults(parameter, Tables.spec(spec.name(), ""), depth + 1);
        }
        Optional<String> suffix = Tables.suffix(spec.type());
        if (suffix.isEmpty() && !WITHOUT_INDEX.contains(spec.type())) {
            return List.of();
        }
        Set<String> names = new LinkedHashSet<>(List.of(spec.name()));
        suffix.ifPresent(s -> names.add(spec.name() + s));
        List<String> faults = new ArrayList<>();
        boolean any = false;
        for (String name : names) {
            try {
                FileStatus status = status(Path.of(name));
                any = true;
                fault(name, status).ifPresent(faults::add);
            } catch (InvalidPathException e) {
                faults.add(parameter + ": " + spec + " is no file name");
                return faults;
            } catch (ErrnoException e) {
                if (e.errno() != Errno.ENOENT) {
                    faults.add(name + " with passwords cannot be looked at: " + e.text());
                    any = true;
                }
            }
        }
        if (!any) {
            faults.add(parameter + " names " + spec.name() + ", which does not exist: write it, then"
                    + (suffix.isPresent() ? " postmap " + spec + " and" : "") + " chmod 600 " + spec.name());
        }
        return faults;
    }

    /** What is behind links counts: the daemon follows them here, where only the administrator writes. */
    private FileStatus status(Path path) throws ErrnoException {
        try {
            Path real = path.toRealPath();
            return files.statusAt(FileSystem.AT_FDCWD, real.toString());
        } catch (java.nio.file.NoSuchFileException e) {
            throw new ErrnoException(Errno.ENOENT, String.valueOf(e.getMessage()));
        } catch (java.nio.file.AccessDeniedException e) {
            throw new ErrnoException(Errno.EACCES, String.valueOf(e.getMessage()));
        } catch (ErrnoException e) {
            throw e;
        } catch (java.io.IOException e) {
            throw new ErrnoException(Errno.EIO, String.valueOf(e.getMessage()));
        }
    }

    private Optional<String> fault(String name, FileStatus status) {
        int mode = status.permissions();
        if ((mode & OTHERS_READ) != 0) {
            return Optional.of("others can read the passwords in " + name + ": chmod 600 " + name);
        }
        boolean readable;
        if (status.uid() == owner.uid()) {
            readable = (mode & OWNER_READS) != 0;
        } else {
            // CONTRACTS: what root owns and main.cf names is read for the daemon
            readable = (owner.isSystem() && status.uid() == 0)
                    || (status.gid() == owner.gid() && (mode & GROUP_READS) != 0);
        }
        if (readable) {
            return Optional.empty();
        }
        String mend = owner.isSystem() ? "chown root " + name : "chown " + owner.name() + " " + name;
        return Optional.of("the mail system cannot read the passwords in " + name + ": "
                + (status.uid() == owner.uid() ? "chmod 600 " + name : mend));
    }
}
