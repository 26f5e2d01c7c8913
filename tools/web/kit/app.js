/* Where a page begins: who is signed in, and which screen is shown. */
import { el } from "./dom.js";
import { errorText } from "./errors.js";
import { createFrame } from "./frame.js";
import { button, empty, notify } from "./parts.js";
import { commonLinks, go } from "./router.js";
import { t } from "./texts.js";

const SIGNING = ["sign-in", "sign-up"];

/** What every screen gets, started by start(). `accounts`: as createAccountStore makes them. `routeOf`: as createRouter makes it.
 *  `screens`: by name, a function of (app, id) that gives { node, title, wide, close() } or a promise of it. `allowed(screen, account)`: whether whoever
 *  is signed in may go there, else they come to "home". `endSession(app)`: tells the server of a sign-out. `onAccount(account)`: somebody
 *  is signed in, or nobody any more (null). */
export function createApp({ accounts, routeOf, screens, navigation, allowed, endSession, onAccount = () => {} }) {
    let frame = null;
    let current = null; // the screen that is shown
    let rendering = 0;

    const app = {
        account: accounts.read(),
        /** Goes where the address wanted to, if it was not to this very screen. */
        signedIn(account) {
            accounts.keep(app.account = account);
            onAccount(account);
            if (SIGNING.includes(routeOf(location.hash).screen))
                go(commonLinks.home);
            else
                render();
        },
        /** Other tokens, another name, of whoever is signed in. */
        keep(changes) {
            if (app.account)
                accounts.keep(app.account = { ...app.account, ...changes });
        },
        /** Whether or not the server hears of it. */
        signOut() {
            endSession(app).catch(() => {});
            forget();
            if (routeOf(location.hash).screen === "home")
                render();
            else
                go(commonLinks.home);
        },
        /** The address stays, so that whoever signs in again is back where they were. */
        signInAgain() {
            if (!app.account)
                return;
            forget();
            render();
            notify(t("app.signInAgain"), "error");
        },
        fail(error) {
            notify(errorText(error), "error");
        },
        start() {
            frame = createFrame({ navigation, onSignOut: app.signOut });
            addEventListener("hashchange", render);
            onAccount(app.account);
            render();
        },
    };

    function forget() {
        app.account = null;
        accounts.forget();
        onAccount(null);
    }

    /** Where an address really leads, for whoever is signed in or not. */
    function routeFor(route) {
        const signing = SIGNING.includes(route.screen);
        if (!app.account)
            return signing ? route : { screen: "sign-in", id: null };
        return signing || !allowed(route.screen, app.account) ? { screen: "home", id: null } : route;
    }

    async function make({ screen, id }) {
        try {
            return await screens[screen](app, id);
        } catch (error) {
            if (error.name !== "ApiError")
                throw error;
            const again = button(t("app.tryAgain"), { kind: "primary", onClick: render });
            return { node: el("div", { class: "page" }, el("h1", { tabindex: "-1" }, t("app.name")), empty(errorText(error)), again), title: t("app.name") };
        }
    }

    async function render() {
        const route = routeFor(routeOf(location.hash));
        const turn = ++rendering;
        current?.close?.();
        current = null;
        frame.main.replaceChildren(empty(t("app.loading")));
        const screen = await make(route);
        if (turn !== rendering)
            return screen.close?.();
        current = screen;
        frame.update(app.account, route.screen, screen.wide ?? false);
        frame.main.replaceChildren(screen.node);
        document.title = screen.title === t("app.name") ? screen.title : `${screen.title} – ${t("app.name")}`;
        screen.node.querySelector("h1")?.focus({ preventScroll: true });
        scrollTo(0, 0);
    }

    return app;
}
