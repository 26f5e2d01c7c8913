/* The document of the interface is OpenAPI, by a judge that is not ours: of everything, of each mount, and of what each identity offers. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { load } from "./modules.mjs";
import { startServer } from "./server.mjs";

let servers, Validator;
before(async () => {
    ({ Validator } = await load("@seriousme/openapi-schema-validator"));
    servers = await Promise.all([startServer(), startServer("--identity", "token", "--root-path", "/seeds")]);
});
after(() => Promise.all(servers?.map(server => server.close()) ?? []));

async function judge(document) {
    const { valid, errors } = await new Validator().validate(document);
    assert.ok(valid, JSON.stringify(errors, null, 1));
}

test("every document is valid", async () => {
    for (const server of servers) {
        const everything = await server.call("GET", "/openapi.json");
        for (const mount of ["", ...everything.tags.map(tag => `/m/${tag.name}`)]) {
            const document = await server.call("GET", `${mount}/openapi.json`);
            assert.ok(Object.keys(document.paths).length > 2, mount);
            await judge(document);
        }
    }
});

test("the judge does judge", async () => {
    const document = await servers[0].call("GET", "/openapi.json");
    delete document.paths["/sessions"].post.responses[200].description;
    await assert.rejects(judge(document), /description/);
});
