"""tools/compose says what the attendance contract (section 11) wants of a deployment, and nothing that the server does not know.

No container is started here: what the files say is held against the command, its libraries and a real PostgreSQL.
"""
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

TOP = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TOP / "tests/api"))
from launch import Cluster, Database  # noqa: E402

COMPOSE = TOP / "tools/compose"
BINARY = os.environ.get("LECTERN_BIN", str(TOP / "build/lectern"))
DOCUMENTED = {"APP_HOST", "APP_PORT", "HOST", "PORT", "DEBUG"}  # read besides the parameters' own names


def said(*words):
    return subprocess.run(words, capture_output=True, text=True, timeout=60, check=True).stdout


@pytest.fixture(scope="module")
def services():
    return yaml.safe_load((COMPOSE / "compose.yaml").read_text())["services"]


def test_the_ports(services):
    ports = {name: service["ports"][0].split(":")[-2:] for name, service in services.items()}
    assert ports == {"api": ["8000", "8000"], "database": ["5433", "5432"], "adminer": ["8080", "8080"]}
    assert all(port.startswith("127.0.0.1:") for service in services.values() for port in service["ports"])


def test_images_are_named_by_digest(services):
    images = [service["image"] for service in services.values() if "image" in service]
    images += re.findall(r"^FROM (\S+)", (COMPOSE / "Dockerfile").read_text(), re.MULTILINE)
    assert len(images) == 4 and all(re.search(r":[\w.-]+@sha256:[0-9a-f]{64}$", image) for image in images), images


def test_the_server_is_no_superuser(services, cluster_of_compose):
    """The script that the database's container runs once, by psql as its superuser."""
    environment = services["database"]["environment"]
    assert "POSTGRES_USER" not in environment and "//lectern:${POSTGRES_PASSWORD" in services["api"]["environment"]["DATABASE_URL"]
    database = cluster_of_compose.database
    database.text("create database attendance")
    database.text("create role boss superuser login password 'hers'")
    boss = Database(cluster_of_compose.folder, 5432, user="boss", name="attendance")
    boss.text((COMPOSE / "extensions.sql").read_text())
    script = (COMPOSE / "role.sql").read_text().replace("lectern", "application")
    subprocess.run([*boss.arguments, "-f", "-"], input=script, text=True, check=True, capture_output=True, cwd="/",
                   env={**os.environ, "POSTGRES_PASSWORD": "it's ours"})
    roles = {row["rolname"]: row for row in database.rows("select * from pg_authid where rolname in ('application', 'boss')")}
    powers = ("rolsuper", "rolcreatedb", "rolcreaterole", "rolreplication", "rolbypassrls")
    assert not any(roles["application"][power] for power in powers) and roles["application"]["rolpassword"].startswith("SCRAM-SHA-256")
    assert roles["boss"]["rolpassword"] is None, "nobody comes over the network as superuser"
    assert database.rows("select 1 from pg_database d join pg_roles r on r.oid = datdba where datname = 'attendance' and rolname = 'application'")
    own = Database(cluster_of_compose.folder, 5432, user="application", name="attendance")
    said(BINARY, "migrate", "up", "--database-url", f"postgresql://application@/attendance?host={cluster_of_compose.folder}")
    assert own.one("select count(*) as tables from pg_tables where tableowner = 'application'")["tables"] > 10
    with pytest.raises(AssertionError, match="permission denied"):
        own.text("create role another")


def test_the_server_knows_what_it_is_told(services):
    known = set(re.findall(r"environment\s+(\w+)", said(BINARY, "config"))) | DOCUMENTED
    assert set(services["api"]["environment"]) <= known
    assert {"DATABASE_URL", "JWT_SECRET", "GOOGLE_CLIENT_ID"} <= set(services["api"]["environment"])
    database = services["database"]["environment"]
    assert services["api"]["environment"]["DATABASE_URL"].endswith(f"@database:5432/{database['POSTGRES_DB']}")
    assert database["POSTGRES_DB"] == "attendance"


def test_no_secret_is_here(services):
    for service in services.values():
        for name, value in service["environment"].items():
            assert not re.search("SECRET|PASSWORD", name) or value.startswith("${"), name


def test_files_that_are_named_are_here(services):
    build = services["api"]["build"]
    assert (TOP / build["dockerfile"]).is_file()
    mounted = [volume.split(":")[0] for volume in services["database"]["volumes"] if volume.startswith("./")]
    assert mounted and all((TOP / path).is_file() for path in mounted)
    assert (COMPOSE / "Dockerfile.dockerignore").is_file()


def test_the_image_has_the_commands_libraries():
    needed = re.findall(r"NEEDED\s+(\S+)", said("objdump", "-p", BINARY))
    places = dict(re.findall(r"(\S+) => (/\S+)", said("ldd", BINARY)))
    packages = {said("dpkg", "-S", "*/" + "/".join(Path(places[name]).resolve().parts[-2:])).split(":")[0] for name in needed}
    installed = set((COMPOSE / "Dockerfile").read_text().split())
    assert packages - {"libc6", "libasan8", "libubsan1", "gcc-12-base"} <= installed


def test_the_empty_database_has_the_extensions(cluster_of_compose):
    cluster_of_compose.database.text((COMPOSE / "extensions.sql").read_text())
    found = {row["extname"] for row in cluster_of_compose.database.rows("select extname from pg_extension")}
    assert {"uuid-ossp", "pgcrypto"} <= found
    said(BINARY, "migrate", "up", "--database-url", cluster_of_compose.url())


@pytest.fixture
def cluster_of_compose():
    own = Cluster()
    yield own
    own.remove()
