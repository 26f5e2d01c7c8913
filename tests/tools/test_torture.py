"""tests/torture: some allocations of some test programs fail, and the product stands it; what would not stand it is found out."""
import os
import subprocess
import sys
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(TOP / "tests/api"), str(TOP / "tests/torture")]
import run as torture  # noqa: E402
from launch import binary  # noqa: E402

BUILD = Path(binary()).parent
SAMPLED = ["proto_base_json_test", "proto_config_conninfo_test", "store_pg_conninfo_test", "actors_room_listeners_test", "transport_http_router_test",
           "transport_http_multipart_test"]
PER_PROGRAM = 3
LIMIT_S = 100  # one run, on a machine that does much else

PRODUCT = """
#include <assert.h>
#include <stdlib.h>
#include <string.h>
void careless(void) { char *p = malloc(8); memset(p, 1, 8); free(p); }
void forgetful(void) { char *kept = malloc(8), *other = malloc(8); if (other) { free(kept); free(other); } }
void proud(void) { char *p = malloc(8); assert(p); free(p); }
void patient(void) { char *p = malloc(8); while (!p) __asm__ volatile(""); free(p); }
void careful(void) { char *p = malloc(8); free(p); }
"""
TEST = """
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
void careless(void), forgetful(void), proud(void), patient(void), careful(void);
int main(void)
{
    const char *what = getenv("WHAT");
    if (!strcmp(what, "careless")) careless();
    if (!strcmp(what, "forgetful")) forgetful();
    if (!strcmp(what, "proud")) proud();
    if (!strcmp(what, "patient")) patient();
    if (!strcmp(what, "careful")) careful();
    char *own = strdup("a test's own");
    if (!own && !strcmp(what, "complains")) { (void)!malloc(64); puts("[  FAILED  ] complains"); return 1; }
    *own = 0;
    free(own);
    return 0;
}
"""


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    return torture.preload(tmp_path_factory.mktemp("preload"))


@pytest.fixture(scope="module")
def example(tmp_path_factory, library):
    """A tree of its own: a product that bears a want of memory badly, and its test."""
    root = tmp_path_factory.mktemp("tree")
    for name, text in {"proto/product.c": PRODUCT, "tests/product_test.c": TEST}.items():
        (root / name).parent.mkdir()
        (root / name).write_text(text)
    subprocess.run(["cc", "-g", "-O0", "-fno-builtin", "-fsanitize=address,undefined", "-o", "product_test", "proto/product.c",
                    "tests/product_test.c"], cwd=root, check=True)
    return lambda limit=LIMIT_S: torture.Program(root / "product_test", library, limit, root)


@pytest.fixture(scope="module")
def sampled():
    subprocess.run(["ninja", "-C", BUILD, *SAMPLED], stdout=subprocess.PIPE, check=True)


@pytest.mark.skipif(BUILD.name != "asan", reason="the sanitizers judge")
@pytest.mark.parametrize("name", SAMPLED)
def test_the_product_stands_it(name, library, sampled):
    program = torture.Program(BUILD / name, library, LIMIT_S)
    count, asked, code, output = program.run(0)
    assert (code, asked) == (0, []) and count > 0, output
    for nth in torture.sample(count, PER_PROGRAM):
        wrong, who = program.judged(nth)
        assert not wrong, f"allocation {nth} of {count}: {torture.shown(who)}"


@pytest.mark.parametrize("what, nth, wrong", [
    ("careless", 1, "careless proto/product.c:5"),
    ("forgetful", 2, "memory is left behind: forgetful proto/product.c:6"),
    ("proud", 1, "proud proto/product.c:7"),
    ("careful", 1, None),
    ("careful", 2, None),
    ("complains", 1, None),
])
def test_it_is_found_out(what, nth, wrong, example, monkeypatch):
    monkeypatch.setenv("WHAT", what)
    said, who = example().judged(nth)
    assert (wrong in said) if wrong else said is None, said
    if wrong:
        assert who[0][:2] == (what, "proto/product.c") and who[1][1] == "tests/product_test.c"


@pytest.mark.parametrize("function, judged", [("EVP_MD_fetch", False), ("EVP_DigestUpdate", True)])
def test_a_library_that_cannot_bear_it_is_no_finding(function, judged):
    """OpenSSL where it fetches a digest; elsewhere it may have been given what it must not."""
    stack = [f"    #{i} 0x7fee7ac3fac{i} in {frame}" for i, frame in enumerate((
        "CRYPTO_THREAD_read_lock (/lib/x86_64-linux-gnu/libcrypto.so.3+0x23fac8)", f"{function} (/lib/x86_64-linux-gnu/libcrypto.so.3+0x1f61b9)",
        "token_cache_create ../../proto/identity/token_cache.c:32"))]
    said = "\n".join(["==1==ERROR: AddressSanitizer: SEGV on unknown address 0x18", "==1==Hint: address points to the zero page.", *stack, "", ""])
    assert bool(torture.judge(99, said)) == judged


def test_a_run_that_does_not_end_is_found_out(example, monkeypatch):
    monkeypatch.setenv("WHAT", "patient")
    assert example(limit=2).judged(1)[0] == "it did not end"


def test_all_are_counted_and_one_fails(example, monkeypatch):
    monkeypatch.setenv("WHAT", "forgetful")
    assert example().run(0)[0] == 3
    _, asked, code, _ = example().run(2)
    assert asked and code


def test_a_sample_has_both_ends():
    assert torture.sample(9, 3) == [1, 5, 9] and torture.sample(1, 3) == [1] and torture.sample(2, 3) == [1, 2]
