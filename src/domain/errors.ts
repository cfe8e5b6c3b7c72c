// The error catalogue: permanent codes, what the caller does next, and what to tell a person.

/**
 * What happens after an error.
 *
 * - `retry`: passing trouble; Temporal tries again with backoff.
 * - `pause`: a person must change something; the run waits and goes on after `resume`.
 * - `reject`: the request or the configuration is wrong; nothing was started.
 * - `fail`: this run cannot go on.
 * - `bug`: an invariant of ours is broken.
 * - `notice`: nothing has to be done; the run goes on and says so.
 */
export type Disposition = 'retry' | 'pause' | 'reject' | 'fail' | 'bug' | 'notice';

export interface ErrorEntry {
  readonly title: string;
  readonly disposition: Disposition;
  readonly hint: string;
}

export const ERRORS = {
  'config.invalid': entry(
    'The configuration is not valid',
    'reject',
    'Correct the places listed, then run `tributary check`.',
  ),
  'config.not_found': entry('No tributary.yaml here', 'reject', 'Change into a project folder or pass --project DIR.'),
  'config.unknown_sync': entry('There is no such sync', 'reject', 'Use one of the names in syncs/*.yaml.'),
  'config.unknown_object': entry('There is no such object', 'reject', 'Use one of the objects in tributary.yaml.'),
  'config.secret_missing': entry(
    'A secret that the configuration refers to is not set',
    'reject',
    'Set the environment variable or create the file it names.',
  ),
  'config.usage': entry('The command was not understood', 'reject', 'See `tributary --help`.'),
  'config.changed': entry(
    'The definition changed during the run',
    'notice',
    'The run finished under the definition it began with; the next run uses the new one.',
  ),
  'functions.unloadable': entry(
    'The project’s functions cannot be loaded',
    'pause',
    'Correct functions.ts or install what it imports beside tributary.yaml, then resume or run again.',
  ),
  'schedule.not_found': entry(
    'The sync has no schedule',
    'reject',
    'Give it one under `when`, then `tributary deploy`.',
  ),
  'source.not_found': entry(
    'Nothing matches the stream',
    'pause',
    'Put the file in place, or correct the pattern or the name of the table, then resume.',
  ),
  'source.unreadable': entry(
    'The source cannot be read',
    'pause',
    'Check that the path is a regular file inside the connection’s folder and readable by this user, then resume.',
  ),
  'source.unreachable': entry(
    'The source cannot be reached',
    'retry',
    'Check that it is running and reachable; the run continues by itself.',
  ),
  'source.unauthorized': entry(
    'The source refused the credentials or a permission',
    'pause',
    'Correct the credentials, or grant SELECT, then resume.',
  ),
  'source.query': entry(
    'The database refuses the query',
    'pause',
    'Correct `table`, `query`, `key` or `cursor` of the sync, then resume.',
  ),
  'source.backfill': entry(
    'The stream cannot be read by time',
    'reject',
    'Backfill is for tables and queries with a `cursor`; give it as FROM..TO, such as 2026-01-01..2026-02-01.',
  ),
  'source.empty': entry(
    'The file is empty',
    'pause',
    'Export it again; an empty file never deletes anything. Then resume.',
  ),
  'source.header': entry(
    'The header is not the expected one',
    'pause',
    'Correct the export or the mapping, then resume.',
  ),
  'source.each': entry(
    'No raw record holds what `each` names',
    'notice',
    'If that cannot be, correct the path `each` of the stream. Such a run deletes nothing.',
  ),
  'source.where': entry(
    'The filter left out every record',
    'notice',
    'If that cannot be, correct `where` of the sync. Such a run deletes nothing.',
  ),
  'source.truncated': entry(
    'The file ends in the middle',
    'pause',
    'Export or copy it again, then resume; nothing of it was delivered.',
  ),
  'source.malformed': entry(
    'The file is not well-formed',
    'pause',
    'Export it again in the declared format, then resume; nothing of it was delivered.',
  ),
  'source.doctype': entry(
    'The XML has a DOCTYPE',
    'pause',
    'Documents with a DOCTYPE are refused for safety; export without it.',
  ),
  'source.limit': entry(
    'A record is larger than the limits allow',
    'pause',
    'Check the file; if it is right, raise the stream’s limits, then resume.',
  ),
  'source.encoding': entry('The encoding cannot be read', 'pause', 'Set `encoding` on the stream, then resume.'),
  'source.archive': entry(
    'The compressed file cannot be unpacked',
    'pause',
    'Put a gzip, a zip without a password, or the plain file in its place, then resume.',
  ),
  'source.incomplete': entry(
    'The snapshot is not whole',
    'pause',
    'Export or copy what is missing, then resume; nothing of it was delivered.',
  ),
  'source.writing': entry(
    'The file is still being written',
    'retry',
    'Wait until it is written completely; the run looks again by itself.',
  ),
  'source.throttled': entry(
    'The source asks for patience',
    'retry',
    'Nothing to do: the run goes on when the source takes more.',
  ),
  'source.changed': entry(
    'The file changed while it was being read',
    'pause',
    'Wait until it is written completely, then resume; the run reads it from the start.',
  ),
  'format.unwritable': entry(
    'A record cannot be written in this format',
    'reject',
    'Choose another format, leave the field out, or correct its value.',
  ),
  'destination.unreachable': entry(
    'The destination cannot be reached',
    'retry',
    'Check that it is running and reachable; the run continues by itself.',
  ),
  'destination.throttled': entry(
    'The destination asks for patience',
    'retry',
    'Nothing to do: the run goes on when the destination takes more.',
  ),
  'destination.full': entry(
    'The destination’s disk is full',
    'retry',
    'Make room there; the run continues by itself. Nothing is lost.',
  ),
  'destination.unauthorized': entry(
    'The destination refused the credentials or a permission',
    'pause',
    'Correct the credentials or grants, then resume.',
  ),
  'destination.schema': entry(
    'The destination does not have the table or columns of the object',
    'pause',
    'Correct the object in tributary.yaml or the destination, then resume.',
  ),
  'destination.edited': entry(
    'A file of the destination was changed in a way that cannot be taken over',
    'pause',
    'Correct the file at the place named, or move it away to have it written anew; then resume.',
  ),
  'destination.reference': entry(
    'Other records still refer to this one',
    'fail',
    'It was deactivated or left in place instead.',
  ),
  'store.unreachable': entry(
    'Tributary’s own database cannot be reached',
    'retry',
    'Check DATABASE_URL and that PostgreSQL is running; the run continues by itself.',
  ),
  'store.full': entry(
    'The disk of Tributary’s own database is full',
    'retry',
    'Make room there, or shorten what is kept; the run continues by itself. Nothing is lost.',
  ),
  'store.foreign': entry('This database belongs to another project', 'reject', 'Use one database for each project.'),
  'store.newer': entry('The store was made by a newer Tributary', 'reject', 'Use the newer version.'),
  'store.fenced': entry('Another attempt of the run has taken over', 'fail', 'Nothing was written by this one.'),
  'run.not_found': entry('There is no such run', 'reject', 'See `tributary status`.'),
  'run.not_delivered': entry('The run has delivered nothing', 'reject', 'Only a run that has written can be undone.'),
  'run.lost': entry(
    'The store does not know this run',
    'fail',
    'The store was restored to an earlier point. Start a new run: it reads everything again and writes only what is missing.',
  ),
  'run.pruned': entry(
    'What the run wrote is not kept any more',
    'reject',
    'How long it is kept says `retention` in tributary.yaml; its counts are in `tributary status RUN`.',
  ),
  'run.busy': entry('Another run of this sync is under way', 'fail', 'Wait for it or cancel it.'),
  'run.delivered': entry(
    'The run has ended already',
    'fail',
    'What it delivered stands. The next run begins with what has come since.',
  ),
  'run.stalled': entry(
    'A step of the run makes no progress',
    'pause',
    'Look at what it says; the run tries again every ten minutes, and at once after resume.',
  ),
  'run.reset': entry(
    'The workflow of the run was reset',
    'notice',
    'Nothing to do: the run first settles what it had done, then goes on.',
  ),
  'run.paused': entry('The sync is paused', 'reject', 'Use `tributary resume SYNC`.'),
  'run.unbalanced': entry(
    'The run’s counts do not add up',
    'bug',
    'Please report this with the run’s id; its records are kept.',
  ),
  'gate.not_waiting': entry('The run is not waiting at the gate', 'reject', 'See `tributary status RUN`.'),
  'gate.hash': entry(
    'The decision is for other change sets',
    'reject',
    'Look again with `tributary gate show RUN`, then decide.',
  ),
  'quarantine.not_found': entry('There is no such quarantined record', 'reject', 'See `tributary quarantine list`.'),
  'review.not_found': entry('There is no such review', 'reject', 'See `tributary review list`.'),
  'review.decided': entry(
    'The review is not open any more',
    'reject',
    'See `tributary review list --decided`; what was decided can be changed with `tributary judgement` or `tributary pin`.',
  ),
  'quarantine.changed': entry(
    'The quarantined record is not the one that was looked at',
    'reject',
    'Look again with `tributary quarantine show ID`, then correct it.',
  ),
  'quarantine.import': entry(
    'The file of corrections cannot be used',
    'reject',
    'Correct the lines listed, or export the quarantine again.',
  ),
  'event.not_found': entry('There is no such event', 'reject', 'See `tributary events list`.'),
  'event.refused': entry('The receiver refused the event', 'reject', 'Correct what its answer names.'),
  'request.unauthorized': entry(
    'The request does not show whom it is from',
    'reject',
    'Sign it, or send the key, as `authentication` of the system says. Clocks must agree within its `tolerance`.',
  ),
  'request.malformed': entry(
    'The request cannot be understood',
    'reject',
    'Correct what the message names; docs/triggers.md shows a request.',
  ),
  'request.not_found': entry(
    'There is nothing at this address',
    'reject',
    'Compare the address with /openapi.json, the names with tributary.yaml, and `when.events` of the sync.',
  ),
  'request.method': entry('The address does not know this method', 'reject', 'Use a method that `Allow` names.'),
  'request.media_type': entry(
    'The body is of a type that is not understood',
    'reject',
    'Send JSON, NDJSON, CSV or XML with its Content-Type, plain or in gzip, deflate or br.',
  ),
  'request.too_large': entry(
    'The request is too large',
    'reject',
    'Send fewer records in one request, or have them read from a file or a table by a sync.',
  ),
  'request.too_slow': entry('The request did not come in time', 'reject', 'Send it again; look at the network.'),
  'request.too_many': entry(
    'More requests came than can be taken',
    'retry',
    'Send it again after the time in `Retry-After`. Limits are `rate` and `waiting` of the system.',
  ),
  'inbox.too_large': entry(
    'An event is too large',
    'reject',
    'Send fewer records in one request, or have them read from a file or a table by a sync.',
  ),
  'notify.failed': entry(
    'A notification could not be sent',
    'retry',
    'Check `notify` in tributary.yaml; the next run says it again.',
  ),
  'explain.not_found': entry(
    'Tributary knows no such record',
    'reject',
    'Use the CRM’s id or a strong id of the object.',
  ),
  'run.unexpected': entry(
    'The read is not like those before it',
    'notice',
    'Look at the export; if this is how it is now, the next reads are compared with it. See `expect` of the sync.',
  ),
  'record.warning': entry(
    'Records were accepted with warnings',
    'notice',
    'Look at the rules with `else: warn`, or correct the source.',
  ),
  'record.duplicate': entry(
    'Records have the key of another one in the same read',
    'notice',
    'Of each key the highest version counted, of equal versions the last; the others were left out. Look whether the key is right.',
  ),
  'runtime.locked': entry('This project is already up', 'reject', 'Use the one that runs, or stop it first.'),
  'runtime.port': entry(
    'The receiver cannot listen on its port',
    'reject',
    'Stop what listens there, or set another `receiver.port` or `--port`.',
  ),
  'runtime.temporal_missing': entry(
    'No Temporal server',
    'reject',
    'Install the Temporal CLI or set TEMPORAL_ADDRESS.',
  ),
  'runtime.temporal_unreachable': entry(
    'The Temporal server cannot be reached',
    'reject',
    'Check TEMPORAL_ADDRESS and that the server is running.',
  ),
  'runtime.postgres': entry(
    'The embedded PostgreSQL did not start',
    'reject',
    'See the log named above, or set DATABASE_URL.',
  ),
  'internal.bug': entry('Something went wrong inside Tributary', 'bug', 'Please report this.'),
} as const satisfies Record<string, ErrorEntry>;

export type ErrorCode = keyof typeof ERRORS;

export interface SyncErrorInit {
  readonly message: string;
  /** Facts a machine may use. Never secrets or personal data. */
  readonly details?: Readonly<Record<string, unknown>>;
  readonly cause?: unknown;
}

/** Every expected failure. `message` says what happened to what; the catalogue adds why it matters and what to do. */
export class SyncError extends Error {
  readonly code: ErrorCode;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(code: ErrorCode, init: SyncErrorInit) {
    super(init.message, init.cause === undefined ? undefined : { cause: init.cause });
    this.name = 'SyncError';
    this.code = code;
    this.details = init.details ?? {};
  }

  get disposition(): Disposition {
    return ERRORS[this.code].disposition;
  }

  get hint(): string {
    return ERRORS[this.code].hint;
  }
}

export function isErrorCode(text: string | null | undefined): text is ErrorCode {
  return typeof text === 'string' && Object.hasOwn(ERRORS, text);
}

function entry(title: string, disposition: Disposition, hint: string): ErrorEntry {
  return { title, disposition, hint };
}
