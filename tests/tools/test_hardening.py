"""Every program that the build makes is hardened, and so is what is installed of it: readelf says so."""
import json
import os
import platform
import re
import subprocess
import sys
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TOP / "tests/api"))
from launch import binary  # noqa: E402

BUILD = Path(binary()).parent
CET = platform.machine() in ("x86_64", "i686")
COMPILED_WITH = ["-fPIE", "-fstack-clash-protection"] + (["-fcf-protection=full"] if CET else [])


def is_program(path):
    if path.is_symlink() or not path.is_file() or not os.access(path, os.X_OK):
        return False
    with open(path, "rb") as file:
        return file.read(4) == b"\x7fELF"


def programs():
    """Of this build: the command, benchmarks and tests, as far as they are made; not what an earlier one has left."""
    named = re.findall(r"^build (\S+): C_EXECUTABLE_LINKER", (BUILD / "build.ninja").read_text(), re.M)
    return sorted(path for path in (BUILD / name for name in named) if is_program(path))


def test_the_command_is_among_them():
    assert Path(binary()) in programs()


@pytest.mark.parametrize("program", programs(), ids=lambda path: path.name)
def test_a_program_is_hardened(program):
    said = subprocess.run(["readelf", "-W", "-hldn", program], capture_output=True, text=True, timeout=60, check=True).stdout
    assert re.search(r"Type: +DYN ", said) and re.search(r"\(FLAGS_1\).*\bPIE\b", said), "position independent"
    assert "GNU_RELRO" in said and re.search(r"\(FLAGS(_1)?\).*\b(BIND_)?NOW\b", said), "full RELRO"
    assert re.search(r"GNU_STACK.* RW +0x", said), "no code on the stack"
    assert not CET or re.search(r"x86 feature: IBT, SHSTK", said), "CET"


def test_every_file_is_compiled_so():
    commands = json.loads((BUILD / "compile_commands.json").read_text())
    assert len(commands) > 100
    for one in commands:
        assert not [flag for flag in COMPILED_WITH if flag not in one["command"].split()], one["file"]


def test_the_release_build_checks_buffers_too():
    presets = json.loads((TOP / "CMakePresets.json").read_text())["configurePresets"]
    flags = next(one for one in presets if one["name"] == "release")["cacheVariables"]["CMAKE_C_FLAGS_RELWITHDEBINFO"].split()
    assert {"-O2", "-fstack-protector-strong", "-D_FORTIFY_SOURCE=2"} <= set(flags)
