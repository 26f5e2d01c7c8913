/* What stands around every screen: the way to the others, who is signed in, notices, and what only those hear who listen. */
import { el, setAttribute, setText, show } from "./dom.js";
import { button } from "./parts.js";
import { commonLinks } from "./router.js";
import { t } from "./texts.js";

/** Puts the frame into the page. `navigation`: { screens, link, text, shown(account) } of each entry, current on any of its screens.
 *  Returns { main, update(account, screen, wide) }: a wide screen has no header. */
export function createFrame({ navigation, onSignOut }) {
    const entries = navigation.map(entry => ({ ...entry, node: el("a", { href: entry.link }, entry.text) }));
    const name = el("span", { class: "who", dir: "auto" });
    const header = el("header", { class: "site" },
        el("a", { class: "wordmark", href: commonLinks.home }, t("app.name")),
        el("nav", { "aria-label": t("app.navigation") }, entries.map(({ node }) => node)),
        el("div", { class: "row tight" }, name, button(t("app.signOut"), { kind: "quiet", onClick: onSignOut })));
    const main = el("main", { id: "main", tabindex: "-1" });
    const skip = el("button", { type: "button", class: "skip", on: { click: () => main.focus() } }, t("app.skip"));
    document.body.append(skip, header, main,
        el("div", { id: "notices", role: "region", "aria-label": t("app.messages") }),
        el("div", { id: "status", class: "visually-hidden", role: "status" }));

    function update(account, screen, wide) {
        show(header, account !== null && !wide);
        setText(name, account?.name ?? "");
        setAttribute(name, "title", account ? t("app.signedInAs", { name: account.name }) : null);
        for (const { node, screens, shown = () => true } of entries) {
            show(node, account !== null && shown(account));
            setAttribute(node, "aria-current", screens.includes(screen) ? "page" : null);
        }
        document.body.classList.toggle("wide", wide);
    }

    return { main, update };
}
