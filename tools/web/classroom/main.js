/* Where the page begins: who is signed in, which screen is shown, and the frame around it. */
import { forgetAccount, halfSpent, keepAccount, readAccount } from "./account.js";
import { createApi } from "./api.js";
import { el, setAttribute, setText, show } from "./dom.js";
import { errorText } from "./errors.js";
import { createLectern } from "./lectern.js";
import { go, links, routeOf } from "./router.js";
import { t } from "./texts.js";
import { createClass } from "./views/class.js";
import { createStudentHome, createTeacherHome } from "./views/home.js";
import { createLibrary } from "./views/library.js";
import { button, empty, notify } from "./views/parts.js";
import { createReport } from "./views/report.js";
import { createSignIn, createSignUp } from "./views/sign.js";

const api = createApi({ base: document.baseURI, account: () => app.account, onRefused: () => app.signInAgain() });

/** What every screen gets. */
const app = {
    account: readAccount(),
    lectern: createLectern(api),
    /** Goes where the address wanted to, if it was not to this very screen. */
    signedIn(account) {
        app.account = account;
        keepAccount(account);
        const { screen } = routeOf(location.hash);
        if (screen === "sign-in" || screen === "sign-up")
            go(links.home);
        else
            render();
    },
    /** A new token for the one that is about to end. */
    async renewToken() {
        return keepToken(await app.lectern.renewToken());
    },
    async changePassword(old, fresh) {
        keepToken(await app.lectern.changePassword(old, fresh));
    },
    /** Whether or not the server hears of it. */
    signOut() {
        app.lectern.signOut().catch(() => {});
        forget();
        if (routeOf(location.hash).screen === "home")
            render();
        else
            go(links.home);
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
};

let current = null; // the screen that is shown
let rendering = 0;

function keepToken({ access_token: token }) {
    if (app.account)
        keepAccount(app.account = { ...app.account, token });
    return token;
}

function forget() {
    app.account = null;
    forgetAccount();
}

/* ---- the frame ---- */

function createFrame() {
    const classes = el("a", { href: links.home }, t("app.classes"));
    const audio = el("a", { href: links.audio }, t("app.audio"));
    const name = el("span", { class: "who", dir: "auto" });
    const navigation = el("nav", { "aria-label": t("app.navigation") }, classes, audio);
    const account = el("div", { class: "row tight" }, name, button(t("app.signOut"), { kind: "quiet", onClick: app.signOut }));
    const header = el("header", { class: "site" }, el("a", { class: "wordmark", href: links.home }, t("app.name")), navigation, account);
    const main = el("main", { id: "main", tabindex: "-1" });
    const skip = el("button", { type: "button", class: "skip", on: { click: () => main.focus() } }, t("app.skip"));
    document.body.append(skip, header, main,
        el("div", { id: "notices", role: "region", "aria-label": t("app.messages") }),
        el("div", { id: "status", class: "visually-hidden", role: "status" }));

    function update({ screen }, wide) {
        show(header, app.account !== null && !wide);
        setText(name, app.account?.name ?? "");
        setAttribute(name, "title", app.account ? t("app.signedInAs", { name: app.account.name }) : null);
        show(audio, app.account?.role === "teacher");
        setAttribute(classes, "aria-current", screen === "home" ? "page" : null);
        setAttribute(audio, "aria-current", screen === "audio" ? "page" : null);
        document.body.classList.toggle("wide", wide);
    }

    return { main, update };
}

/* ---- screens ---- */

const isTeacher = () => app.account.role === "teacher";

const screens = {
    "sign-in": () => createSignIn(app),
    "sign-up": () => createSignUp(app),
    home: () => (isTeacher() ? createTeacherHome(app) : createStudentHome(app)),
    audio: () => createLibrary(app),
    class: ({ id }) => createClass(app, id),
    report: ({ id }) => {
        const report = createReport(app, id, { back: true });
        report.load();
        return report;
    },
};

/** Where an address really leads, for whoever is signed in or not. */
function allowed(route) {
    const signing = route.screen === "sign-in" || route.screen === "sign-up";
    if (!app.account)
        return signing ? route : { screen: "sign-in", id: null };
    const teachersOnly = route.screen === "audio" || route.screen === "report";
    return signing || (teachersOnly && !isTeacher()) ? { screen: "home", id: null } : route;
}

async function make(route) {
    try {
        return await screens[route.screen](route);
    } catch (error) {
        if (error.name !== "ApiError")
            throw error;
        const again = button(t("app.tryAgain"), { kind: "primary", onClick: render });
        return { node: el("div", { class: "page" }, el("h1", { tabindex: "-1" }, t("app.name")), empty(errorText(error)), again), title: t("app.name") };
    }
}

async function render() {
    const route = allowed(routeOf(location.hash));
    const turn = ++rendering;
    current?.close?.();
    current = null;
    frame.main.replaceChildren(empty(t("app.loading")));
    const screen = await make(route);
    if (turn !== rendering)
        return screen.close?.();
    current = screen;
    frame.update(route, screen.wide ?? false);
    frame.main.replaceChildren(screen.node);
    document.title = screen.title === t("app.name") ? screen.title : `${screen.title} – ${t("app.name")}`;
    screen.node.querySelector("h1")?.focus({ preventScroll: true });
    scrollTo(0, 0);
}

const frame = createFrame();
addEventListener("hashchange", render);
if (app.account && halfSpent(app.account.token))
    app.renewToken().catch(() => {}); // it still counts, or the first request says that it does not
render();
