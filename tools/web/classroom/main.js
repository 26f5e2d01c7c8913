/* Where the page begins: what is particular to the classroom of what kit/app.js does for every page. */
import { createApi } from "../kit/api.js";
import { createApp } from "../kit/app.js";
import { accounts, halfSpent } from "./account.js";
import { createLectern } from "./lectern.js";
import { links, routeOf } from "./router.js";
import { t } from "./texts.js";
import { createClass } from "./views/class.js";
import { createStudentHome, createTeacherHome } from "./views/home.js";
import { createLibrary } from "./views/library.js";
import { createReport } from "./views/report.js";
import { createSignIn, createSignUp } from "./views/sign.js";

const isTeacher = account => account.role === "teacher";

const app = createApp({
    accounts,
    routeOf,
    navigation: [
        { screens: ["home"], link: links.home, text: t("app.classes") },
        { screens: ["audio"], link: links.audio, text: t("app.audio"), shown: isTeacher },
    ],
    screens: {
        "sign-in": createSignIn,
        "sign-up": createSignUp,
        home: app => (isTeacher(app.account) ? createTeacherHome(app) : createStudentHome(app)),
        audio: createLibrary,
        class: createClass,
        report: (app, id) => {
            const report = createReport(app, id, { back: true });
            report.load();
            return report;
        },
    },
    allowed: (screen, account) => isTeacher(account) || (screen !== "audio" && screen !== "report"),
    endSession: app => app.lectern.signOut(),
});

const api = createApi({ base: document.baseURI, account: () => app.account, onRefused: app.signInAgain });

function keepToken({ access_token: token }) {
    app.keep({ token });
    return token;
}

app.lectern = createLectern(api);
/** A new token for the one that is about to end. */
app.renewToken = async () => keepToken(await app.lectern.renewToken());
app.changePassword = async (old, fresh) => keepToken(await app.lectern.changePassword(old, fresh));

if (app.account && halfSpent(app.account.token))
    app.renewToken().catch(() => {}); // it still counts, or the first request says that it does not
app.start();
