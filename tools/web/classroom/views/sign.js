/* Signing in, signing up, changing the password. */
import { accountFrom } from "../account.js";
import { el, show, setText } from "../dom.js";
import { errorText } from "../errors.js";
import { links } from "../router.js";
import { t } from "../texts.js";
import { button, dialog, field, notify, once } from "./parts.js";

const phone = () => field(t("sign.phone"), {
    type: "tel", name: "phone", autocomplete: "username", required: true, minlength: 10, maxlength: 20, hint: t("sign.phoneHint"),
});

const password = (autocomplete, { name = "password", label = t("sign.password") } = {}) => field(label, {
    type: "password", name, autocomplete, required: true, minlength: 6, maxlength: 1024, hint: t("sign.passwordHint"),
});

function roleChoice() {
    const option = (value, text, checked) => el("label", { class: "choice" },
        el("input", { type: "radio", name: "role", value, checked, required: true }), el("span", {}, text));
    return el("fieldset", { class: "choices" },
        el("legend", {}, t("sign.role")),
        el("div", { class: "row" }, option("student", t("sign.student"), true), option("teacher", t("sign.teacher"), false)));
}

/** Fields, one button, and what went wrong. */
function formOf({ fields, action, submit }) {
    const wrong = el("p", { class: "wrong", role: "alert", hidden: true });
    const go = button(action, { kind: "primary wide", type: "submit" });
    const form = el("form", { class: "stack", on: { submit: event => { event.preventDefault(); once(go, run); } } }, fields, wrong, go);

    async function run() {
        show(wrong, false);
        try {
            await submit(Object.fromEntries(new FormData(form)));
        } catch (error) {
            if (error.name !== "ApiError")
                throw error;
            setText(wrong, errorText(error));
            show(wrong, true);
        }
    }

    return form;
}

/** The card both screens share: the form, and the way to the other screen. */
function card({ title, other, ...content }) {
    const node = el("div", { class: "sign" },
        el("div", { class: "sign-head" }, el("p", { class: "wordmark" }, t("app.name")), el("p", { class: "lead" }, t("sign.lead"))),
        el("section", { class: "card" }, el("h1", { tabindex: "-1" }, title), formOf(content),
            el("p", { class: "aside" }, other.question, " ", el("a", { href: other.link }, other.text))));
    return { node, title };
}

export function createSignIn(app) {
    return card({
        title: t("sign.inTitle"),
        fields: [phone().node, password("current-password").node],
        action: t("sign.in"),
        submit: async values => app.signedIn(accountFrom(await app.lectern.signIn(values.phone, values.password))),
        other: { question: t("sign.noAccount"), link: links.signUp, text: t("sign.upTitle") },
    });
}

export function createSignUp(app) {
    const name = field(t("sign.name"), {
        type: "text", name: "name", autocomplete: "name", required: true, maxlength: 200, hint: t("sign.nameHint"),
    });
    const code = field(t("sign.code"), { type: "password", name: "code", autocomplete: "off", maxlength: 200, hint: t("sign.codeHint") });
    const role = roleChoice();
    const ofTeachers = () => show(code.node, role.querySelector(":checked").value === "teacher");
    role.addEventListener("change", ofTeachers);
    ofTeachers();
    return card({
        title: t("sign.upTitle"),
        fields: [role, name.node, phone().node, password("new-password").node, code.node],
        action: t("sign.up"),
        submit: async values => {
            const signupCode = values.role === "teacher" && values.code ? { signup_code: values.code } : {};
            await app.lectern.signUp({ name: values.name, phone_number: values.phone, password: values.password, role: values.role, ...signupCode });
            app.signedIn(accountFrom(await app.lectern.signIn(values.phone, values.password)));
        },
        other: { question: t("sign.haveAccount"), link: links.signIn, text: t("sign.in") },
    });
}

/** What opens the dialog in which the password is changed. */
export function passwordButton(app) {
    return button(t("sign.change"), { kind: "quiet", onClick: () => openPassword(app) });
}

function openPassword(app) {
    const node = dialog(t("sign.change"), formOf({
        fields: [
            password("current-password", { name: "old", label: t("sign.oldPassword") }).node,
            password("new-password", { name: "new", label: t("sign.newPassword") }).node,
        ],
        action: t("sign.change"),
        submit: async values => {
            await app.changePassword(values.old, values.new);
            node.close();
            notify(t("sign.changed"));
        },
    }));
}
