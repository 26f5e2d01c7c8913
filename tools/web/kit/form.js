/* Forms, and those that every page has: signing in, signing up, changing the password. */
import { el, setText, show } from "./dom.js";
import { errorText } from "./errors.js";
import { button, dialog, field, notify, once } from "./parts.js";
import { commonLinks } from "./router.js";
import { t } from "./texts.js";

/** Fields, one button, and what went wrong. `submit(values, form)` may fail with an ApiError, which is then shown. */
export function createForm({ fields, action, submit, kind = "primary wide" }) {
    const wrong = el("p", { class: "wrong", role: "alert", hidden: true });
    const go = button(action, { kind, type: "submit" });
    const form = el("form", { class: "stack", on: { submit: event => { event.preventDefault(); once(go, run); } } }, fields, wrong, go);

    async function run() {
        show(wrong, false);
        try {
            await submit(Object.fromEntries(new FormData(form)), form);
        } catch (error) {
            if (error.name !== "ApiError")
                throw error;
            setText(wrong, errorText(error));
            show(wrong, true);
        }
    }

    return form;
}

/** `autocomplete`: "new-password" where it is chosen, which says how long it must be; else "current-password". */
export function passwordField(autocomplete, { name = "password", label = t("sign.password") } = {}) {
    const chosen = autocomplete === "new-password";
    return field(label, {
        type: "password", name, autocomplete, required: true, minlength: chosen ? 6 : 1, maxlength: 1024, hint: chosen ? t("sign.passwordHint") : null,
    });
}

/** An address by which people sign in. */
export function emailField({ name = "email", label = t("sign.email"), autocomplete = "username", ...more } = {}) {
    return field(label, { type: "email", name, autocomplete, required: true, maxlength: 254, ...more });
}

/** Text of several lines, and what stands in it. */
export function textArea(label, name, value, { rows = 4, hint, ...attributes } = {}) {
    const one = field(label, { hint, input: el("textarea", { name, rows: String(rows), ...attributes }) });
    one.input.value = value;
    return one.node;
}

/** Radio buttons named `name`, the first of `options` ([value, text]) chosen. */
export function choices(legend, name, options) {
    const option = ([value, text], index) => el("label", { class: "choice" },
        el("input", { type: "radio", name, value, checked: index === 0, required: true }), el("span", {}, text));
    return el("fieldset", { class: "choices" }, el("legend", {}, legend), el("div", { class: "row" }, options.map(option)));
}

/** Student or teacher; `forTeachers` shows for the second only. */
export function roleChoice(...forTeachers) {
    const node = choices(t("sign.role"), "role", [["student", t("sign.student")], ["teacher", t("sign.teacher")]]);
    const change = () => forTeachers.forEach(one => show(one, node.querySelector(":checked").value === "teacher"));
    node.addEventListener("change", change);
    change();
    return node;
}

/** The code that teachers may need to sign up. */
export function codeField() {
    return field(t("sign.code"), { type: "password", name: "code", autocomplete: "off", maxlength: 200, hint: t("sign.codeHint") });
}

/** The card of both screens: the form, and the way to the other screen. */
function card({ title, other, ...content }) {
    const node = el("div", { class: "sign" },
        el("div", { class: "sign-head" }, el("p", { class: "wordmark" }, t("app.name")), el("p", { class: "lead" }, t("sign.lead"))),
        el("section", { class: "card" }, el("h1", { tabindex: "-1" }, title), createForm(content),
            el("p", { class: "aside" }, other.question, " ", el("a", { href: other.link }, other.text))));
    return { node, title };
}

export function signInCard(fields, submit) {
    return card({
        title: t("sign.inTitle"), fields, action: t("sign.in"), submit,
        other: { question: t("sign.noAccount"), link: commonLinks.signUp, text: t("sign.upTitle") },
    });
}

export function signUpCard(fields, submit) {
    return card({
        title: t("sign.upTitle"), fields, action: t("sign.up"), submit,
        other: { question: t("sign.haveAccount"), link: commonLinks.signIn, text: t("sign.in") },
    });
}

/** What opens the dialog in which the password is changed, by `change(old, fresh)`. */
export function passwordButton(change) {
    return button(t("sign.change"), { kind: "quiet", onClick: () => openPassword(change) });
}

function openPassword(change) {
    const node = dialog(t("sign.change"), createForm({
        fields: [
            passwordField("current-password", { name: "old", label: t("sign.oldPassword") }).node,
            passwordField("new-password", { name: "new", label: t("sign.newPassword") }).node,
        ],
        action: t("sign.change"),
        submit: async values => {
            await change(values.old, values.new);
            node.close();
            notify(t("sign.changed"));
        },
    }));
}
