/* Where the page begins: what is particular to coaching of what kit/app.js does for every page. */
import { createApi, mountOf } from "../kit/api.js";
import { createApp } from "../kit/app.js";
import { notify } from "../kit/parts.js";
import { go } from "../kit/router.js";
import { accounts, isOld, tokensFrom } from "./account.js";
import { createNotifications } from "./notifications.js";
import { createPeople } from "./people.js";
import { links, routeOf } from "./router.js";
import { createService } from "./service.js";
import { t } from "./texts.js";
import { createHistory } from "./views/history.js";
import { createHome } from "./views/home.js";
import { pokeText } from "./views/pieces.js";
import { createProfile } from "./views/profile.js";
import { createRelationship } from "./views/relationship.js";
import { createReport } from "./views/report.js";
import { createSession } from "./views/session.js";
import { createSignIn, createSignUp } from "./views/sign.js";

const app = createApp({
    accounts,
    routeOf,
    navigation: [
        { screens: ["home", "relationship", "session"], link: links.home, text: t("app.together") },
        { screens: ["history", "report"], link: links.history, text: t("app.history") },
        { screens: ["profile"], link: links.profile, text: t("app.profile") },
    ],
    screens: {
        "sign-in": createSignIn,
        "sign-up": createSignUp,
        home: createHome,
        relationship: createRelationship,
        session: createSession,
        report: createReport,
        history: createHistory,
        profile: createProfile,
    },
    allowed: () => true,
    endSession: async () => {}, // tokens of this area end by themselves
    onAccount: account => notifications.follow(account),
});

const base = mountOf("coaching", document.baseURI);
const open = createApi({ base, account: () => null, onRefused() {} });
const api = createApi({ base, account: () => app.account, onRefused: app.signInAgain, renew });

/** Changes the tokens for new ones. False: there are none for these any more. */
async function renew() {
    try {
        app.keep(tokensFrom(await app.service.renew(app.account.refresh)));
        return true;
    } catch (error) {
        if (error.status === 401 || error.status === 429)
            return false;
        throw error;
    }
}

async function showPoke(poke) {
    notify(t("poke.fromOther", { name: await app.people.nameFor(poke.sender_id), poke: pokeText(poke) }));
}

app.service = createService(api, open);
app.renew = renew;
app.people = createPeople(app.service, () => app.account);
app.notifications = createNotifications(app, showPoke);
const { notifications } = app;

/* Links in mail lead to /signup?token=…; the token goes behind the #, out of what is sent to servers. */
const invited = new URL(location.href).searchParams.get("token");
if (invited) {
    history.replaceState(null, "", location.pathname);
    go(links.invited(invited));
}
if (app.account && isOld(app.account))
    await renew().catch(() => {}); // if it fails, the first request will say
app.start();
