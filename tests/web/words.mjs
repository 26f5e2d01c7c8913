/* What a page says against the sources that say it: its texts.js and the kit's, for tests of each page's words. */
import { existsSync, readFileSync, readdirSync } from "node:fs";

const WEB = new URL("../../tools/web/", import.meta.url);

/* texts.js asks for the language of its page. */
globalThis.document ??= { documentElement: { lang: "en" } };

function sources(folder) {
    const names = readdirSync(new URL(`${folder}/`, WEB), { recursive: true });
    return names.filter(name => name.endsWith(".js") && !name.endsWith("texts.js")).map(name => readFileSync(new URL(`${folder}/${name}`, WEB), "utf8")).join("\n");
}

/* The keys of a folder's texts.js, as they stand there. */
function keysOf(folder) {
    return [...readFileSync(new URL(`${folder}/texts.js`, WEB), "utf8").matchAll(/^ {4}"([^"]+)":/gm)].map(match => match[1]);
}

/* The pages whose words are the kit's and their own. */
export function pagesWithWords() {
    const folders = readdirSync(WEB).filter(name => name !== "kit" && existsSync(new URL(`${name}/texts.js`, WEB)));
    return folders.filter(name => readFileSync(new URL(`${name}/texts.js`, WEB), "utf8").includes("../kit/texts.js"));
}

/* { own: the page's keys, shared: the kit's, asked: keys that its code or the kit's asks for, code, of its own and with the kit's, labels: words in it } */
export function wordsOf(folder) {
    const own = keysOf(folder), shared = keysOf("kit"), kit = sources("kit"), code = sources(folder);
    const beginnings = [...new Set([...own, ...shared].map(key => key.split(".")[0]))].join("|");
    const asked = [...`${code}\n${kit}`.matchAll(new RegExp(`"((?:${beginnings})\\.[\\w.]+)"`, "g"))].map(match => match[1]);
    const labels = [...code.matchAll(/(?:aria-label|title|placeholder): "([^"]*[a-z][^"]*)"/g)].map(match => match[1]);
    return { own, shared, asked, code: `${code}\n${kit}`, kit, labels };
}
