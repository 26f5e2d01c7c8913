/* Signing in and signing up, by e-mail address. Students and teachers have accounts of their own, so both screens ask who one is. */
import { codeField, emailField, passwordField, roleChoice, signInCard, signUpCard } from "../../kit/form.js";
import { field } from "../../kit/parts.js";
import { accountFrom } from "../account.js";
import { t } from "../texts.js";

async function signIn(app, { role, email, password }) {
    app.signedIn(accountFrom(await app.service.signIn(role, email, password)));
}

export function createSignIn(app) {
    return signInCard([roleChoice(), emailField().node, passwordField("current-password").node], values => signIn(app, values));
}

export function createSignUp(app) {
    const name = field(t("sign.name"), { type: "text", name: "name", autocomplete: "name", required: true, maxlength: 255, hint: t("sign.nameHint") });
    const code = codeField();
    return signUpCard([roleChoice(code.node), name.node, emailField().node, passwordField("new-password").node, code.node], async values => {
        const invitation = values.role === "teacher" && values.code ? { invitation_code: values.code } : {};
        await app.service.signUp(values.role, { name: values.name, email: values.email, password: values.password, ...invitation });
        await signIn(app, values);
    });
}
