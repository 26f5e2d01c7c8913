"""A PgBouncer in front of a cluster of the tests' own. Knows no endpoint."""
import os
import signal
import socket
import subprocess
from pathlib import Path

from client import wait_until
from launch import HOST, as_postgres, own_port


class Pooler:
    """pgbouncer with a configuration of its own; options are lines of its section [pgbouncer]."""

    def __init__(self, cluster, **options):
        self.cluster, self.port, self.process = cluster, own_port(), None
        self.file = Path(cluster.folder, "pgbouncer.ini")
        self.options = {"pool_mode": "session", "default_pool_size": 40, **options}
        self.users = Path(cluster.folder, "users.txt")
        self.users.write_text('"lectern" "lectern"\n')

    def write(self, **options):
        self.options |= options
        lines = [f"{name} = {value}" for name, value in self.options.items()]
        self.file.write_text(f"[databases]\nlectern = host={self.cluster.folder}\n[pgbouncer]\nlisten_addr = {HOST}\n"
                             f"listen_port = {self.port}\nunix_socket_dir =\nauth_type = trust\nauth_file = {self.users}\n"
                             + "\n".join(lines) + "\n")

    def start(self):
        self.write()
        command = as_postgres("pgbouncer", "-q", str(self.file))
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/",
                                        start_new_session=True)
        wait_until(self.listens, what="pgbouncer")
        return self

    def listens(self):
        with socket.socket() as probe:
            return probe.connect_ex((HOST, self.port)) == 0

    def change(self, **options):
        """As an operator does: the file, then reload."""
        self.write(**options)
        os.killpg(self.process.pid, signal.SIGHUP)

    def url(self):
        return f"postgresql://lectern@{HOST}:{self.port}/lectern"

    def stop(self):
        os.killpg(self.process.pid, signal.SIGTERM)
        self.process.wait(10)
