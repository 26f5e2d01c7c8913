/* The npm packages of the tests, which lie in the build folder (tools/web/modules puts them there). */
import { createRequire } from "node:module";
import { fileURLToPath, pathToFileURL } from "node:url";

const FOLDER = process.env.LECTERN_NODE_MODULES ?? fileURLToPath(new URL("../../build/npm-tests/", import.meta.url));

/* Where a package, or a file of one, lies. */
export const { resolve: find } = createRequire(`${FOLDER}/`);

/* What `import * from name` would give. */
export function load(name) {
    return import(pathToFileURL(find(name)).href);
}
