/* Where the page begins: what is particular to practice of what kit/app.js does for every page. */
import { createApi, mountOf } from "../kit/api.js";
import { createApp } from "../kit/app.js";
import { accounts, isOld, isTeacher, tokensFrom } from "./account.js";
import { links, routeOf } from "./router.js";
import { createService } from "./service.js";
import { t } from "./texts.js";
import { createExercise } from "./views/exercise.js";
import { createExercises } from "./views/exercises.js";
import { createGrading } from "./views/grading.js";
import { createHistory } from "./views/history.js";
import { createLeaderboard } from "./views/leaderboard.js";
import { createProgress } from "./views/progress.js";
import { createSignIn, createSignUp } from "./views/sign.js";
import { createStudents } from "./views/students.js";
import { createWriting } from "./views/writing.js";

const isStudent = account => !isTeacher(account);
const OF_STUDENTS = ["history", "progress"];
const OF_TEACHERS = ["write", "edit", "submissions", "students", "student"];

const app = createApp({
    accounts,
    routeOf,
    navigation: [
        { screens: ["home", "exercise", "edit", "write", "submissions"], link: links.home, text: t("app.exercises") },
        { screens: ["history"], link: links.history, text: t("app.history"), shown: isStudent },
        { screens: ["progress"], link: links.progress, text: t("app.progress"), shown: isStudent },
        { screens: ["students", "student"], link: links.students, text: t("app.students"), shown: isTeacher },
        { screens: ["leaderboard"], link: links.leaderboard, text: t("app.leaderboard") },
    ],
    screens: {
        "sign-in": createSignIn,
        "sign-up": createSignUp,
        home: createExercises,
        exercise: createExercise,
        write: createWriting,
        edit: createWriting,
        submissions: createGrading,
        history: createHistory,
        progress: app => createProgress(app, app.account.id),
        leaderboard: createLeaderboard,
        students: createStudents,
        student: createProgress,
    },
    allowed: (screen, account) => !(isTeacher(account) ? OF_STUDENTS : OF_TEACHERS).includes(screen),
    endSession: app => app.service.signOut(),
});

const api = createApi({ base: mountOf("practice", document.baseURI), account: () => app.account, onRefused: app.signInAgain });
app.service = createService(api);

/* Both tokens change, so nothing else is asked meanwhile. If it fails the old ones may count still; the first request will say. */
if (app.account?.refresh && isOld(app.account))
    await app.service.renew(app.account.refresh).then(answer => app.keep(tokensFrom(answer))).catch(() => {});
app.start();
