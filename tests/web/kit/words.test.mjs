/* Unit tests of what pages share: its words, who is signed in, where addresses lead. */
import assert from "node:assert/strict";
import { test } from "node:test";

import { createAccountStore } from "../../../tools/web/kit/account.js";
import { commonPatterns, createRouter } from "../../../tools/web/kit/router.js";
import { pagesWithWords, wordsOf } from "../words.mjs";

const { shared, labels, kit } = wordsOf("kit");
const { useTexts, hasText, t } = await import("../../../tools/web/kit/texts.js");

test("what all pages share, the kit says, or more than one page", () => {
    const pages = pagesWithWords().map(page => wordsOf(page).code);
    const alone = shared.filter(key => !/^(error|status)\./.test(key) && !kit.includes(`"${key}"`) && !pages.every(code => code.includes(`"${key}"`)));
    assert.deepEqual(alone, []);
    assert.deepEqual(labels, []);
});

test("a page's own words win, shared ones stay, other languages fall back to English", () => {
    document.documentElement.lang = "de";
    useTexts({ en: { "sign.name": "Your name" }, de: { "app.close": "Schließen" } });
    assert.equal(t("app.close"), "Schließen");
    assert.equal(t("app.cancel"), "Cancel");
    assert.ok(!hasText("no.such.key"));
    document.documentElement.lang = "en";
    useTexts({ en: { "sign.name": "Your name" } });
    assert.equal(t("sign.name"), "Your name");
    assert.equal(t("app.close"), "Close");
});

test("an account is kept, refused when it cannot be one, forgotten", () => {
    const kept = new Map();
    globalThis.sessionStorage = { getItem: key => kept.get(key) ?? null, setItem: (key, value) => kept.set(key, value), removeItem: key => kept.delete(key) };
    const store = createAccountStore("x", ({ token }) => typeof token === "string");
    assert.equal(store.read(), null);
    store.keep({ token: "t", name: "Ada" });
    assert.deepEqual(store.read(), { token: "t", name: "Ada" });
    for (const spoilt of ["{", "null", "1", '{"token":1}']) {
        kept.set("x", spoilt);
        assert.equal(store.read(), null, spoilt);
    }
    store.forget();
    assert.ok(!kept.has("x"));
});

test("an address leads to its screen, an unknown one home", () => {
    const routeOf = createRouter([...commonPatterns, ["thing", /^\/things\/(\d{1,10})$/]]);
    assert.deepEqual(routeOf("#/things/12"), { screen: "thing", id: 12 });
    assert.deepEqual(routeOf("#/sign-in"), { screen: "sign-in", id: null });
    for (const hash of ["", "#", "#/", "#/nowhere", "#/things/x"])
        assert.deepEqual(routeOf(hash), { screen: "home", id: null });
    const named = createRouter([["thing", /^\/things\/([\w-]+)$/]], String);
    assert.deepEqual(named("#/things/0-a"), { screen: "thing", id: "0-a" });
});
