/* Unit tests of what the page of coaching says, against the sources that say it; and of its small functions from data to data. */
import assert from "node:assert/strict";
import { test } from "node:test";

import { isOld, nameOf } from "../../../tools/web/coaching/account.js";
import { OVERLAP, PACE, eased, percent, share, wordsPerMinute, zone } from "../../../tools/web/coaching/gauge.js";
import { links, routeOf } from "../../../tools/web/coaching/router.js";
import { wordsOf } from "../words.mjs";

const { own, asked, labels, code } = wordsOf("coaching");
const { hasText } = await import("../../../tools/web/coaching/texts.js");
const { changesFrom } = await import("../../../tools/web/coaching/views/profile.js");
const { pokeText } = await import("../../../tools/web/coaching/views/pieces.js");

/** Keys that are put together from a beginning and what the server says. */
const BUILT = /^(error|status|type|relationship|relationshipIs|member|consent|scope|invite|invitedTo|role|pokeKind|session|gauge|style|tier)\./;

test("every text that is asked for exists", () => {
    assert.ok(asked.length > 100);
    assert.deepEqual(asked.filter(key => !hasText(key)), []);
});

test("every text that exists is asked for, and only once", () => {
    assert.deepEqual(own.filter(key => !BUILT.test(key) && !code.includes(`"${key}"`)), []);
    assert.equal(new Set(own).size, own.length);
});

test("no words outside of texts.js", () => assert.deepEqual(labels, []));

test("the words of the server have words", () => {
    for (const [kind, values] of Object.entries({
        type: ["romantic", "date", "family", "friend", "other"], relationship: ["draft", "pending_acceptance", "active", "declined", "revoked"],
        member: ["INVITED", "ACCEPTED", "DECLINED", "REMOVED"], consent: ["DRAFT", "ACTIVE", "REVOKED"], session: ["ACTIVE", "ENDED", "FINALIZED"],
        invite: ["CREATED", "SENT", "OPENED", "ACCEPTED", "DECLINED", "EXPIRED", "CANCELED"], nudge: ["SLOW_DOWN", "PAUSE"],
    }))
        for (const value of values)
            assert.ok(hasText(`${kind}.${value}`), `${kind}.${value}`);
});

test("addresses lead to screens and back; a token only where it can be one", () => {
    assert.deepEqual(routeOf(links.relationship("0a-b")), { screen: "relationship", id: "0a-b" });
    assert.deepEqual(routeOf(links.session("0a-b")), { screen: "session", id: "0a-b" });
    assert.deepEqual(routeOf(links.report("0a-b")), { screen: "report", id: "0a-b" });
    assert.deepEqual(routeOf(links.invited("x".repeat(43))), { screen: "sign-up", id: "x".repeat(43) });
    assert.deepEqual(routeOf("#/sign-up"), { screen: "sign-up", id: null });
    assert.deepEqual(routeOf("#/sign-up/<x>"), { screen: "home", id: null });
});

test("people are called as they wish, else as their address begins", () => {
    assert.equal(nameOf({ display_name: " Ada ", email: "x@y.org" }), "Ada");
    assert.equal(nameOf({ display_name: null, email: "x@y.org" }), "x");
});

test("tokens are old after ten minutes", () => {
    assert.ok(!isOld({ since: 1000 }, 1000 + 9 * 60e3));
    assert.ok(isOld({ since: 1000 }, 1000 + 11 * 60e3));
    assert.ok(isOld({}));
});

test("the gauge: zones by the limits, figures that do not flicker", () => {
    assert.deepEqual([2, 2.8, 3, 3.1].map(rate => zone(rate, PACE)), ["calm", "brisk", "brisk", "over"]);
    assert.deepEqual([0, 0.28, 0.31].map(ratio => zone(ratio, OVERLAP)), ["calm", "brisk", "over"]);
    assert.deepEqual([wordsPerMinute(2.34), percent(0.33)], [140, 35]);
    assert.deepEqual([share(-1, PACE), share(2.5, PACE), share(9, PACE)], [0, 0.5, 1]);
    assert.deepEqual([eased(null, 2), eased(2, 3), eased(2, 0)], [2, 2.5, 0]);
});

test("a poke says its kind and its picture; those of other clients what they have", () => {
    assert.equal(pokeText({ type: "love", emoji: "❤️" }), "Love ❤️");
    assert.equal(pokeText({ emoji: "❤️" }), "Love ❤️");
    assert.equal(pokeText({ type: "emoji", emoji: "🎈" }), "🎈");
    assert.equal(pokeText({ type: "good_night", emoji: null }), "Good night");
    assert.equal(pokeText({ type: "hug", emoji: null }), "hug");
    assert.equal(pokeText({ emoji: "sorry" }), "Sorry");
});

test("a profile tells what has changed, and no empty choices", () => {
    const me = { display_name: "Ada", goals: ["listen"], hobbies: null, birthday: null, occupation: null };
    assert.deepEqual(changesFrom({ display_name: " Ada ", goals: "listen\n", hobbies: "", birthday: "", occupation: "" }, me), {});
    assert.deepEqual(changesFrom({ goals: "", hobbies: "chess\n\n go ", occupation: "poet" }, me), { goals: [], hobbies: ["chess", "go"], occupation: "poet" });
});
