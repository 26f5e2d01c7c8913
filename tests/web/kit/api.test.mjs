/* Unit tests of api.js: where an area answers, and tokens that are changed for new ones when they end, with answers made here. */
import assert from "node:assert/strict";
import { test } from "node:test";

import { ApiError, createApi, mountOf } from "../../../tools/web/kit/api.js";

/** A server that knows the tokens in `good`, and who asks it. */
function world({ token = "old", good = ["new"], renewal } = {}) {
    const w = { account: { token }, asked: [], renewals: 0, refused: 0 };
    globalThis.fetch = async (url, { method, headers, body }) => {
        w.asked.push(`${method} ${new URL(url).pathname} ${headers.Authorization ?? "nobody"}`);
        const known = good.some(one => headers.Authorization === `Bearer ${one}`);
        return new Response(JSON.stringify(known ? { body } : { detail: "Could not validate credentials" }), { status: known ? 200 : 401 });
    };
    w.api = createApi({
        base: "http://x/m/coaching/", account: () => w.account, onRefused: () => { w.refused += 1; },
        renew: async () => { w.renewals += 1; await Promise.resolve(); return (renewal ?? (() => { w.account = { token: "new" }; return true; }))(w); },
    });
    return w;
}

test("a token that has ended is changed once, whoever asks meanwhile, and each request is made again", async () => {
    const w = world();
    assert.deepEqual(await Promise.all([w.api.get("a"), w.api.post("b", { json: { x: 1 } }), w.api.patch("c")]), [{}, { body: '{"x":1}' }, {}]);
    assert.equal(w.renewals, 1);
    assert.equal(w.refused, 0);
    assert.equal(w.asked.length, 6);
});

test("where there are no new tokens, or none that count, somebody has to sign in again", async () => {
    for (const renewal of [() => false, w => { w.account = { token: "bad" }; return true; }]) {
        const w = world({ renewal });
        await assert.rejects(w.api.get("a"), error => error instanceof ApiError && error.status === 401);
        assert.deepEqual([w.renewals, w.refused], [1, 1]);
    }
});

test("a server that is away while tokens are changed does not sign anybody out", async () => {
    const w = world({ renewal: () => { throw new ApiError(0, ""); } });
    await assert.rejects(w.api.get("a"), { status: 0 });
    assert.equal(w.refused, 0);
});

test("a request of one's own headers, and a socket's address", async () => {
    const w = world();
    await w.api.get("a", {}, { headers: { Authorization: "Bearer new" } });
    assert.deepEqual(w.asked, ["GET /m/coaching/a Bearer new"]);
    assert.equal(w.api.socketUrl("v1/ws"), "ws://x/m/coaching/v1/ws?token=old");
});

test("the area's own mount is found from wherever the page is", () => {
    for (const [page, base] of [
        ["http://x/practice", "http://x/m/practice/"], ["http://x/practice?a=/m/b/c#/m/", "http://x/m/practice/"],
        ["http://x/m/practice/practice", "http://x/m/practice/"], ["http://x/m/courses/practice", "http://x/m/practice/"],
        ["http://x/seeds/practice", "http://x/seeds/m/practice/"], ["http://x/seeds/m/practice/practice", "http://x/seeds/m/practice/"],
    ])
        assert.equal(mountOf("practice", page), base, page);
});
