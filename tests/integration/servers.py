"""Warehouses that the tests start themselves: PostgreSQL, MariaDB and H2, each in a folder and on a port of its own.

A server starts when it is made and is gone, with its folder, after `close()` or the end of its `with`:

    with PostgresServer(settings=PostgresServer.hasty) as server:
        server.execute('CREATE SCHEMA "crm"')
        server.query("SELECT 1, NULL, 'text'")  # [("1", None, "text")]

or, for all tests of a module, in setUpModule and tearDownModule. Make it on the main thread: it ends with the
thread that started it, so that none outlives a test that was killed. Nothing here uses ODBC: what was written
through a driver is read back on another way.

Every server's own clock shows a time zone that is neither UTC nor a whole hour away: who forgets to say UTC is seen.
"""

import glob
import itertools
import os
import pathlib
import pwd
import random
import re
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time

from harness import select_briefly

START_SECONDS_MAX = 120
STOP_SECONDS_MAX = 60
# Below the ports that the system gives to outgoing connections: nobody takes one while its server is down.
PORTS = range(20000, 32000)
PORTS_TRIED_MAX = 5
PATH = "/usr/sbin:/usr/bin:/sbin:/bin:/usr/local/sbin:/usr/local/bin"
READ_BYTES = 1 << 20
TIME_ZONE = "Asia/Kolkata"
TIME_ZONE_OFFSET = "+05:30"


class ServerFailed(RuntimeError):
    """A server that does not start, or a statement that it refuses."""


class Server:
    """What the three have in common. `settings`: the server's own, by name, over those that the tests need."""

    title = ""
    packages = ""
    # Settings that save time where nobody cuts the power: they survive `kill()`.
    hasty = {}
    # Whom the server runs as when the tests are root, the first that exists.
    accounts = ("nobody",)
    stop_signals = {"fast": signal.SIGTERM}
    user = "loader"
    database = "bi"
    # Options of [warehouse.*] in millrace's configuration that it needs beside `odbc`.
    options = ""

    def __init__(self, settings=None):
        self.settings = dict(settings or {})
        self.process = None
        self.choose_ports()
        # Made anew for every server: whoever reaches another server by mistake is not let in.
        self.password = secrets.token_hex(8)
        self.account = self.unprivileged_account()
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix=f"millrace-{self.title.lower()}-", dir=self.folder_for_folders()))
        self.give(self.folder)
        self.log = self.folder / "server.log"
        self.numbers = itertools.count()
        try:
            self.create()
            self.start_on_a_free_port()
            self.prepare()
        except BaseException:
            self.close()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        """The end: the process and the folder are gone."""
        if self.process is not None:
            self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    def start(self):
        """Starts the server on its folder and port, as they were left; returns when it answers."""
        self.launch()
        deadline = time.monotonic() + START_SECONDS_MAX
        while not self.answers():
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.kill()
                raise ServerFailed(f"{self.title} did not start:\n{self.log_end()}")
            select_briefly()

    def stop(self, mode="fast"):
        """An orderly end by the server's own signal; waits for it."""
        self.process.send_signal(self.stop_signals[mode])
        try:
            self.process.wait(STOP_SECONDS_MAX)
        except subprocess.TimeoutExpired:
            raise ServerFailed(f"{self.title} does not stop:\n{self.log_end()}") from None
        self.process = None

    def kill(self):
        """SIGKILL to the server and all its processes, as when the machine loses them."""
        if self.process is None:
            return
        # A stopped process makes no more children: the list is complete.
        self.process.send_signal(signal.SIGSTOP)
        while process_state(self.process.pid) not in ("T", "Z", None):
            select_briefly()
        family = children_of(self.process.pid)
        self.process.kill()
        for child in family:
            try:
                os.kill(child, signal.SIGKILL)
            except ProcessLookupError:
                pass
        self.process.wait()
        while any(process_state(child) not in ("Z", None) for child in family):
            select_briefly()
        self.process = None

    def query(self, sql):
        """The rows of a SELECT as tuples; a value is a text as the server writes it, NULL is None."""
        return list(self.stream(sql))

    # -- what a server has to say --

    def create(self):
        """Fills the new folder."""
        raise NotImplementedError

    def launch(self):
        """Starts self.process."""
        raise NotImplementedError

    def answers(self):
        raise NotImplementedError

    def prepare(self):
        """After the first start: what is not there yet."""

    def odbc(self, **replaced):
        """A connection string for millrace; `password` and `port` may be replaced."""
        raise NotImplementedError

    def stream(self, sql):
        """As `query`, row by row."""
        raise NotImplementedError

    def execute(self, sql, admin=False):
        """Runs one or more statements as the user who loads, or as the server's administrator."""
        raise NotImplementedError

    def kill_sessions(self):
        """Ends all connections of the user who loads; the server goes on."""
        raise NotImplementedError

    def drop_schema(self, schema):
        raise NotImplementedError

    def columns(self, schema):
        """table -> column -> (an expression of its canonical text, whether that is a number with more than one spelling)."""
        raise NotImplementedError

    @staticmethod
    def table(schema, table):
        """A table's name in a statement."""
        return f'"{schema}"."{table}"'

    # -- helpers --

    def unprivileged_account(self):
        if os.geteuid() != 0:
            return None
        for name in self.accounts:
            try:
                return pwd.getpwnam(name)
            except KeyError:
                pass
        raise ServerFailed(f"none of the users {self.accounts} is there to run {self.title} as")

    def folder_for_folders(self):
        """The folder for temporary folders, or another if the server's user may not go into it."""
        if self.account is None:
            return None
        chosen = pathlib.Path(tempfile.gettempdir()).resolve()
        open_to_all = all(folder.stat().st_mode & 0o001 for folder in (chosen, *chosen.parents))
        return chosen if open_to_all else "/tmp"

    def give(self, path):
        if self.account is not None:
            os.chown(path, self.account.pw_uid, self.account.pw_gid)

    def new_file(self, text=None):
        """A path in the folder; with text, a file that the server may read and nobody else."""
        path = self.folder / f"file-{next(self.numbers)}"
        if text is not None:
            path.write_bytes(text.encode())
            path.chmod(0o600)
            self.give(path)
        return path

    def as_account(self):
        """Arguments of subprocess: the user, the folder, and nothing of the tests' own environment."""
        arguments = {
            "cwd": self.folder,
            "env": {"PATH": PATH, "HOME": str(self.folder), "LC_ALL": "C.UTF-8", "TMPDIR": str(self.folder)},
            "stdin": subprocess.DEVNULL,
        }
        if self.account is not None:
            arguments |= {"user": self.account.pw_uid, "group": self.account.pw_gid, "extra_groups": []}
        return arguments

    def launch_command(self, command, end_signal):
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                ["setpriv", f"--pdeathsig={end_signal}", "--", *map(str, command)],
                stdout=log,
                stderr=log,
                start_new_session=True,
                **self.as_account(),
            )

    def create_by(self, command):
        done = subprocess.run(list(map(str, command)), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **self.as_account())
        if done.returncode != 0:
            raise ServerFailed(f"{command[0]}: {done.stdout.decode(errors='replace')}")

    def start_on_a_free_port(self):
        for attempt in range(PORTS_TRIED_MAX):
            try:
                return self.start()
            except ServerFailed as failed:
                if attempt + 1 == PORTS_TRIED_MAX or "in use" not in str(failed):
                    raise
                self.choose_ports()
                self.log.unlink()

    def choose_ports(self):
        self.port = free_port()

    def log_end(self):
        return self.log.read_bytes()[-4000:].decode(errors="replace") if self.log.exists() else "(no log)"

    def find_program(self, *patterns):
        for pattern in patterns:
            # Of several versions the newest.
            found = sorted(glob.glob(pattern), key=lambda path: [int(n) for n in re.findall(r"\d+", path)])
            if found:
                return pathlib.Path(found[-1])
        raise ServerFailed(f"{patterns[0]} is missing; packages: {self.packages} (./dev test installs them)")

    def run_client(self, command, sql, environment):
        """Runs a command line client over a statement; returns its output."""
        done = subprocess.run(
            list(map(str, command)), input=sql.encode(), capture_output=True, env={"PATH": PATH, "LC_ALL": "C.UTF-8", **environment}
        )
        if done.returncode != 0:
            raise ServerFailed(f"{self.title}: {done.stderr.decode(errors='replace').strip()[-2000:]}\n{sql[:2000]}".strip())
        return done.stdout

    def accepts(self):
        """Whether somebody listens; asked before a client program is started for the question."""
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=START_SECONDS_MAX):
                return True
        except OSError:
            return False


class PostgresServer(Server):
    """PostgreSQL: the newest version that is installed. Passwords are asked for; `loader` owns the database `bi`."""

    title = "PostgreSQL"
    packages = "postgresql"
    hasty = {"fsync": "off"}
    accounts = ("postgres", "nobody")
    stop_signals = {"fast": signal.SIGINT, "smart": signal.SIGTERM, "immediate": signal.SIGQUIT}
    administrator = "postgres"
    # What initdb is told beside what the tests need.
    initdb_options = ()

    def create(self):
        self.programs = self.find_program("/usr/lib/postgresql/*/bin/postgres").parent
        self.admin_password = secrets.token_hex(8)
        self.create_by(
            [self.programs / "initdb", "-D", self.folder / "data", "-U", self.administrator, "--auth=scram-sha-256"]
            + [f"--pwfile={self.new_file(self.admin_password)}", "--locale=C.UTF-8", "-E", "UTF8", "--no-sync"]
            + list(self.initdb_options)
        )

    def launch(self):
        own = {"listen_addresses": "127.0.0.1", "port": self.port, "unix_socket_directories": "", "timezone": TIME_ZONE}
        settings = [word for name, value in (own | self.settings).items() for word in ("-c", f"{name}={value}")]
        self.launch_command([self.programs / "postgres", "-D", self.folder / "data", *settings], "INT")

    def answers(self):
        try:
            return self.accepts() and self.psql("SELECT 1;", admin=True, database="postgres") == b"1\n"
        except ServerFailed:
            return False

    def prepare(self):
        for sql in (
            f"CREATE ROLE {self.user} LOGIN PASSWORD '{self.password}'",
            f"CREATE DATABASE {self.database} OWNER {self.user}",
        ):
            self.psql(sql + ";", admin=True, database="postgres")

    def odbc(self, password=None, port=None):
        return (
            f"Driver=PostgreSQL Unicode;Server=127.0.0.1;Port={port or self.port};Database={self.database}"
            f";Uid={self.user};Pwd={password or self.password}"
        )

    def stream(self, sql):
        # COPY tells NULL from every text, and escapes what its lines and cells end with.
        copied = self.psql(f"COPY ({without_semicolon(sql)}) TO STDOUT;", admin=True, to_file=True)
        with copied:
            for line in pieces(copied, "\n"):
                yield tuple([
                    cell if "\\" not in cell else None if cell == "\\N" else POSTGRES_ESCAPE.sub(postgres_character, cell)
                    for cell in line.split("\t")
                ])

    def execute(self, sql, admin=False):
        self.psql(without_semicolon(sql) + "\n;", admin=admin)

    def kill_sessions(self):
        self.execute(f"SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE usename = '{self.user}'", admin=True)

    def drop_schema(self, schema):
        self.execute(f'DROP SCHEMA IF EXISTS "{schema}" CASCADE')

    def columns(self, schema):
        found = {}
        for table, name, kind, digits in self.query(
            "SELECT table_name, column_name, data_type, datetime_precision FROM information_schema.columns"
            f" WHERE table_schema = {literal(schema)} ORDER BY table_name, ordinal_position"
        ):
            column = f'"{name}"'
            # More than three digits are shown, and then differ.
            seconds = "SS.MS" if digits is not None and int(digits) <= 3 else "SS.US"
            if kind == "boolean":
                text = f"CASE WHEN {column} THEN '1' WHEN NOT {column} THEN '0' END"
            elif kind == "timestamp with time zone":
                text = f"coalesce(to_char({column} AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:{seconds}'), {column}::text)"
            elif kind == "time without time zone":
                text = f"to_char({column}, 'HH24:MI:{seconds}')"
            else:
                text = f"{column}::text"
            found.setdefault(table, {})[name] = (text, kind in ("numeric", "double precision", "real"))
        return found

    def psql(self, sql, admin=False, database=None, to_file=False):
        """psql over statements; its output, or with to_file a file of it."""
        user, password = (self.administrator, self.admin_password) if admin else (self.user, self.password)
        command = [self.programs / "psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-v", "VERBOSITY=verbose"]
        environment = {
            "PGHOST": "127.0.0.1",
            "PGPORT": str(self.port),
            "PGUSER": user,
            "PGPASSWORD": password,
            "PGDATABASE": database or self.database,
            "PGCLIENTENCODING": "UTF8",
            "PGDATESTYLE": "ISO",
            "PGTZ": "UTC",
        }
        if not to_file:
            return self.run_client(command, sql, environment)
        path = self.new_file()
        self.run_client([*command, "-o", path], sql, environment)
        return opened_and_unlinked(path)


class MariaServer(Server):
    """MariaDB. `loader` may do everything in the databases `bi` and `sfdc_*`, which it may also create."""

    title = "MariaDB"
    packages = "mariadb-server-core mariadb-client-core"
    # The log is written at each commit and synchronised once a second.
    hasty = {"innodb_flush_log_at_trx_commit": "2", "innodb_doublewrite": "0"}
    accounts = ("mysql", "nobody")

    def create(self):
        self.program = self.find_program("/usr/sbin/mariadbd", "/usr/libexec/mariadbd", "/usr/bin/mariadbd")
        self.create_by(
            [self.find_program("/usr/bin/mariadb-install-db"), "--no-defaults", f"--datadir={self.folder / 'data'}"]
            + ["--auth-root-authentication-method=normal", "--skip-test-db", "--skip-name-resolve"]
        )
        self.first_statements = self.new_file(
            f"CREATE DATABASE IF NOT EXISTS {self.database};\n"
            f"CREATE USER IF NOT EXISTS '{self.user}'@'127.0.0.1' IDENTIFIED BY '{self.password}';\n"
            f"GRANT ALL ON `{self.database}`.* TO '{self.user}'@'127.0.0.1';\n"
            f"GRANT ALL ON `sfdc\\_%`.* TO '{self.user}'@'127.0.0.1';\n"
        )

    def launch(self):
        own = {
            "datadir": self.folder / "data",
            "socket": self.folder / "socket",
            "pid-file": self.folder / "pid",
            "port": self.port,
            "bind-address": "127.0.0.1",
            "skip-name-resolve": "1",
            "init-file": self.first_statements,
            "character-set-server": "utf8mb4",
            "local-infile": "1",
            "default-time-zone": TIME_ZONE_OFFSET,
        }
        settings = [f"--{name}={value}" for name, value in (own | self.settings).items()]
        self.launch_command([self.program, "--no-defaults", *settings], "TERM")

    def answers(self):
        try:
            return self.accepts() and self.mariadb("SELECT 1;") == b"1\n"
        except ServerFailed:
            return False

    def odbc(self, password=None, port=None):
        return f"Driver=MariaDB Unicode;Server=127.0.0.1;Port={port or self.port};Uid={self.user};Pwd={password or self.password}"

    def stream(self, sql):
        # Unlike the client's own output, a file of the server tells NULL from every text.
        path = self.new_file()
        self.mariadb(
            f"{without_semicolon(sql)}\nINTO OUTFILE '{path}' CHARACTER SET utf8mb4"
            " FIELDS TERMINATED BY X'1F' ESCAPED BY '\\\\' LINES TERMINATED BY X'1E';",
            admin=True,
        )
        with opened_and_unlinked(path) as written:
            for line in whole_lines(pieces(written, "\x1e")):
                cells = line.split("\x1f") if "\\\x1f" not in line else MARIADB_CELL.findall(line + "\x1f")
                yield tuple([
                    cell if "\\" not in cell else None if cell == "\\N" else MARIADB_ESCAPE.sub(mariadb_character, cell)
                    for cell in cells
                ])

    def execute(self, sql, admin=False):
        self.mariadb(without_semicolon(sql) + "\n;", admin=admin)

    def kill_sessions(self):
        sessions = self.query(f"SELECT id FROM information_schema.processlist WHERE user = '{self.user}'")
        for (session,) in sessions:
            try:
                self.execute(f"KILL CONNECTION {session}", admin=True)
            except ServerFailed as failed:
                # One that went by itself in between.
                if "ERROR 1094" not in str(failed):
                    raise

    def drop_schema(self, schema):
        self.execute(f'DROP DATABASE IF EXISTS "{schema}"')

    def columns(self, schema):
        found = {}
        for table, name, kind in self.query(
            "SELECT table_name, column_name, data_type FROM information_schema.columns"
            f" WHERE table_schema = {literal(schema)} ORDER BY table_name, ordinal_position"
        ):
            # Booleans are 1 and 0 here; times are written with the digits that their column has.
            found.setdefault(table, {})[name] = (f'"{name}"', kind in ("decimal", "double", "float"))
        return found

    def mariadb(self, sql, admin=False):
        """The client over statements, in which names may be in double quotes; its output."""
        command = ["mariadb", "--no-defaults", "--batch", "--skip-column-names", "--binary-mode", "--default-character-set=utf8mb4"]
        command += ["--max-allowed-packet=1G", "--init-command=SET sql_mode = CONCAT(@@sql_mode, ',ANSI_QUOTES'), time_zone = '+00:00'"]
        if admin:
            return self.run_client([*command, f"--socket={self.folder / 'socket'}", "--user=root"], sql, {})
        command += ["--protocol=tcp", "--host=127.0.0.1", f"--port={self.port}", f"--user={self.user}", f"--database={self.database}"]
        return self.run_client(command, sql, {"MYSQL_PWD": self.password})


class H2Server(Server):
    """H2 by its server for PostgreSQL's protocol, reached through a proxy that spares it what psqlODBC says first.

    `settings` are those of its statement SET, such as WRITE_DELAY, and kept in the database. It answers a commit before
    all of it is in its file: what was committed may be lost, whether it is killed or stopped.
    """

    title = "H2"
    packages = "libh2-java default-jre-headless, and postgresql for its client"
    user = "sa"
    # It looks like PostgreSQL to whoever asks the driver.
    options = f'dialect = "h2"\ndialects = ["{pathlib.Path(__file__).resolve().parent / "dialects"}"]'
    jar = "/usr/share/java/h2.jar"

    def create(self):
        self.find_program(self.jar)
        # Not the one in /usr/bin, which is a script that looks for this one.
        self.client = self.find_program("/usr/lib/postgresql/*/bin/psql")
        self.java = self.find_program(shutil.which("java") or "/usr/bin/java")
        self.proxy = H2Proxy()

    def launch(self):
        self.launch_command(
            [self.java, "-Xmx256m", f"-Duser.timezone={TIME_ZONE}", f"-Djava.io.tmpdir={self.folder}", "-Dh2.bindAddress=127.0.0.1"]
            + ["-cp", self.jar, "org.h2.tools.Server", "-pg", "-pgPort", self.inner_port, "-baseDir", self.folder / "data", "-ifNotExists"],
            "TERM",
        )
        try:
            self.proxy.open(self.port, self.inner_port)
        except OSError as failed:
            self.kill()
            raise ServerFailed(f"port {self.port} is in use: {failed}") from None

    def stop(self, mode="fast"):
        self.proxy.close()
        super().stop(mode)

    def kill(self):
        super().kill()
        self.proxy.close()

    def choose_ports(self):
        super().choose_ports()
        self.inner_port = free_port()

    def answers(self):
        try:
            with socket.create_connection(("127.0.0.1", self.inner_port), timeout=START_SECONDS_MAX):
                pass
            # The first who comes makes the database, with his password.
            return self.psql("SELECT 1") == b"1\n"
        except (OSError, ServerFailed):
            return False

    def prepare(self):
        # The database stays open while nobody is connected, as that of a server does. Commits are written at once and
        # not twice a second. After a `kill()`, an orderly stop destroys the file of 2.1 if space has to wait for reuse.
        own = {"DB_CLOSE_DELAY": "-1", "WRITE_DELAY": "0", "RETENTION_TIME": "0"}
        for name, value in (own | self.settings).items():
            self.psql(f"SET {name} {value}")

    def odbc(self, password=None, port=None):
        return (
            f"Driver=PostgreSQL Unicode;Server=127.0.0.1;Port={port or self.port};Database={self.database}"
            f";Uid={self.user};Pwd={password or self.password}"
        )

    def stream(self, sql):
        # In quotes is what is there, nothing stands for NULL, and quotes and ends are bytes that texts rarely have.
        path = self.new_file()
        options = "charset=UTF-8 writeColumnHeader=false fieldSeparator=\x1f lineSeparator=\x1e fieldDelimiter=\x01 escape=\x02 null="
        # Without the setting the rows are collected before the first is written.
        self.psql("SET LAZY_QUERY_EXECUTION 1", f"CALL CSVWRITE('{path}', {literal(without_semicolon(sql))}, {literal(options)})")
        with opened_and_unlinked(path) as written:
            yield from h2_rows(written)

    def execute(self, sql, admin=False):
        # From a file: the client's idea of where a statement ends is not H2's.
        path = self.new_file(sql)
        try:
            self.psql(f"RUNSCRIPT FROM '{path}' CHARSET 'UTF-8'")
        finally:
            path.unlink()

    def kill_sessions(self):
        self.proxy.drop()

    def drop_schema(self, schema):
        self.execute(f'DROP SCHEMA IF EXISTS "{schema}" CASCADE')

    def columns(self, schema):
        found = {}
        for table, name, kind, digits in self.query(
            "SELECT table_name, column_name, data_type, datetime_precision FROM information_schema.columns"
            f" WHERE table_schema = {literal(schema)} ORDER BY table_name, ordinal_position"
        ):
            column = f'"{name}"'
            if kind == "boolean":
                text = f"CASE {column} WHEN TRUE THEN '1' WHEN FALSE THEN '0' END"
            elif kind in ("timestamp", "time") and int(digits) <= 3:
                # H2 leaves zeros at the end away.
                whole = len("hh:mm:ss") if kind == "time" else len("yyyy-mm-dd hh:mm:ss")
                written = f"CAST({column} AS CHARACTER VARYING)"
                text = f"CASE CHAR_LENGTH({written}) WHEN {whole} THEN {written} || '.000' ELSE RPAD({written}, {whole + 4}, '0') END"
            else:
                text = f"CAST({column} AS CHARACTER VARYING)"
            found.setdefault(table, {})[name] = (text, kind in ("numeric", "decfloat", "double precision", "real"))
        return found

    def psql(self, *statements):
        """psql over statements, which it sends as they are; its output. By the proxy it takes half the time."""
        environment = {
            "PGHOST": "127.0.0.1",
            "PGPORT": str(self.port),
            "PGUSER": self.user,
            "PGPASSWORD": self.password,
            "PGDATABASE": self.database,
            "PGCLIENTENCODING": "UTF8",
        }
        command = [self.client, "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1"]
        for statement in statements:
            command += ["-c", statement]
        return self.run_client(command, "", environment)


class H2Proxy:
    """Passes connections on to H2, without the words of psqlODBC that it cannot bear."""

    def __init__(self):
        self.listener = None
        self.sockets = set()
        self.lock = threading.Lock()

    def open(self, port, target):
        listener = socket.create_server(("127.0.0.1", port))
        self.listener = listener
        threading.Thread(target=self.accept, args=(listener, target), daemon=True).start()

    def close(self):
        if self.listener is not None:
            # Wakes who waits in accept.
            self.listener.shutdown(socket.SHUT_RDWR)
            self.listener.close()
            self.listener = None
        self.drop()

    def drop(self):
        """Ends every connection."""
        with self.lock:
            for each in self.sockets:
                shut(each)

    def accept(self, listener, target):
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            try:
                server = socket.create_connection(("127.0.0.1", target))
            except OSError:
                client.close()
                continue
            for each in (client, server):
                each.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self.lock:
                self.sockets |= {client, server}
            threading.Thread(target=self.both_ways, args=(client, server), daemon=True).start()

    def both_ways(self, client, server):
        back = threading.Thread(target=self.one_way, args=(server, client, bytes), daemon=True)
        back.start()
        self.one_way(client, server, PostgresClientStream().pass_on)
        back.join()
        with self.lock:
            self.sockets -= {client, server}
        client.close()
        server.close()

    @staticmethod
    def one_way(giver, taker, change):
        try:
            while data := giver.recv(READ_BYTES):
                # H2 holds a small packet back until the one before is acknowledged: 40 ms a statement otherwise.
                giver.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
                taker.sendall(change(data))
        except OSError:
            pass
        shut(giver)
        shut(taker)


class PostgresClientStream:
    """What a client of PostgreSQL's protocol sends, message by message, with other words for those that H2 cannot bear.

    It does not know two of the settings; DEALLOCATE, which the driver says when a prepared statement goes, commits there.
    """

    other_words = {
        re.compile(rb"SET extra_float_digits = 2"): b"SET DateStyle = 'ISO'",
        re.compile(rb"show transaction_isolation"): b"select 'read committed'",
        re.compile(rb'DEALLOCATE "_PLAN\w+"'): b"SET DateStyle = 'ISO'",
    }
    # What the driver says of itself is short; longer statements pass unseen.
    statement_bytes_max = 1000
    encryption_requests = (80877103, 80877104)

    def __init__(self):
        self.waiting = bytearray()
        self.begun = False
        self.passing = 0

    def pass_on(self, data):
        """Takes bytes as they come; returns those that can go on."""
        self.waiting += data
        ready = bytearray()
        while self.waiting:
            if self.passing:
                part = self.waiting[: self.passing]
                del self.waiting[: len(part)]
                self.passing -= len(part)
                ready += part
            elif not self.begun:
                # A length and a code; only the last of the first messages begins the session.
                if len(self.waiting) < 8:
                    break
                self.passing = int.from_bytes(self.waiting[:4])
                self.begun = int.from_bytes(self.waiting[4:8]) not in self.encryption_requests
            else:
                # A letter and a length that does not count it.
                if len(self.waiting) < 5:
                    break
                length = 1 + int.from_bytes(self.waiting[1:5])
                if self.waiting[0] in b"QP" and length <= self.statement_bytes_max:
                    if len(self.waiting) < length:
                        break
                    ready += self.waiting[:5] + self.in_other_words(bytes(self.waiting[5:length]))
                    del self.waiting[:length]
                else:
                    self.passing = length
        return ready

    def in_other_words(self, text):
        """Of the same length, so that no message has to be measured anew."""
        parts = re.split(rb"([;\0])", text)
        for position, part in enumerate(parts):
            for words, others in self.other_words.items():
                if words.fullmatch(part):
                    parts[position] = others.ljust(len(part))
        return b"".join(parts)


# -- values in files --

POSTGRES_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
POSTGRES_CHARACTERS = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
MARIADB_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
MARIADB_CELL = re.compile(r"((?:[^\\\x1f]|\\.)*)\x1f", re.DOTALL)
H2_CELL = re.compile("(\x01((?:[^\x01\x02]|\x02.)*)\x01)?([\x1f\x1e])", re.DOTALL)
H2_ESCAPE = re.compile("\x02(.)", re.DOTALL)


def postgres_character(escape):
    return POSTGRES_CHARACTERS.get(escape[1], escape[1])


def mariadb_character(escape):
    return "\0" if escape[1] == "0" else escape[1]


def h2_rows(file):
    """Rows of H2's CSVWRITE with the separators of H2Server.stream."""
    text = file.read()
    if "\x02" not in text:
        rows = []
        for line in text.split("\x1e")[:-1]:
            cells = line.split("\x1f")
            # A cell that has one of the separators inside falls apart into parts that are no cells.
            if not all(not cell or (len(cell) > 1 and cell[0] == "\x01" == cell[-1]) for cell in cells):
                break
            rows.append(tuple([cell[1:-1] if cell else None for cell in cells]))
        else:
            return rows
    rows = []
    row = []
    position = 0
    while position < len(text):
        cell = H2_CELL.match(text, position)
        if cell is None:
            raise ServerFailed(f"H2 wrote something else than rows: {text[position : position + 80]!r}")
        row.append(None if cell[1] is None else H2_ESCAPE.sub(r"\1", cell[2]))
        if cell[3] == "\x1e":
            rows.append(tuple(row))
            row = []
        position = cell.end()
    return rows


def pieces(file, end):
    """The parts of a text file that `end` ends, without it; only `end` ends one."""
    rest = ""
    while chunk := file.read(READ_BYTES):
        parts = (rest + chunk).split(end)
        rest = parts.pop()
        yield from parts
    if rest:
        raise ServerFailed(f"an unfinished line: {rest[:80]!r}")


def whole_lines(parts):
    """Puts lines together again whose end was a character of a text, with a backslash before it."""
    rest = ""
    for part in parts:
        if part.endswith("\\") and (len(part) - len(part.rstrip("\\"))) % 2 == 1:
            rest += part + "\x1e"
        else:
            yield rest + part
            rest = ""


def opened_and_unlinked(path):
    """A text file whose name is gone: it vanishes with its last reader."""
    file = open(path, encoding="utf-8", newline="")
    path.unlink()
    return file


def without_semicolon(sql):
    return sql.rstrip().rstrip(";")


def literal(text):
    return "'" + text.replace("'", "''") + "'"


# -- processes and ports --

def free_port():
    """A port of the loopback device that nobody listens on now."""
    while True:
        port = random.choice(PORTS)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
                return port
            except OSError:
                continue


def process_facts(pid):
    """The fields of /proc/PID/stat after the program's name, or None when the process is gone."""
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None


def process_state(pid):
    facts = process_facts(pid)
    return facts[0] if facts else None


def children_of(pid):
    found = []
    for entry in os.listdir("/proc"):
        facts = process_facts(entry) if entry.isdigit() else None
        if facts and int(facts[1]) == pid:
            found.append(int(entry))
    return found


def shut(connection):
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass
