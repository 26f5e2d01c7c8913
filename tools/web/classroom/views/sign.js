/* Signing in and signing up, by phone number. */
import { codeField, passwordField, roleChoice, signInCard, signUpCard } from "../../kit/form.js";
import { field } from "../../kit/parts.js";
import { accountFrom } from "../account.js";
import { t } from "../texts.js";

const phone = () => field(t("sign.phone"), {
    type: "tel", name: "phone", autocomplete: "username", required: true, minlength: 10, maxlength: 20, hint: t("sign.phoneHint"),
});

async function signIn(app, { phone, password }) {
    app.signedIn(accountFrom(await app.lectern.signIn(phone, password)));
}

export function createSignIn(app) {
    return signInCard([phone().node, passwordField("current-password").node], values => signIn(app, values));
}

export function createSignUp(app) {
    const name = field(t("sign.name"), {
        type: "text", name: "name", autocomplete: "name", required: true, maxlength: 200, hint: t("sign.nameHint"),
    });
    const code = codeField();
    return signUpCard([roleChoice(code.node), name.node, phone().node, passwordField("new-password").node, code.node], async values => {
        const signupCode = values.role === "teacher" && values.code ? { signup_code: values.code } : {};
        await app.lectern.signUp({ name: values.name, phone_number: values.phone, password: values.password, role: values.role, ...signupCode });
        await signIn(app, values);
    });
}
