/* Signing in and signing up, by e-mail address; with an invitation its address stands there already. */
import { el } from "../../kit/dom.js";
import { emailField, passwordField, signInCard, signUpCard } from "../../kit/form.js";
import { field } from "../../kit/parts.js";
import { personFrom, tokensFrom } from "../account.js";
import { t } from "../texts.js";
import { word } from "./pieces.js";

async function enter(app, answer) {
    const tokens = tokensFrom(answer);
    app.signedIn({ ...personFrom(await app.service.meBy(tokens.token)), ...tokens });
}

export function createSignIn(app) {
    return signInCard([emailField().node, passwordField("current-password").node],
        async ({ email, password }) => enter(app, await app.service.signIn(email.trim(), password)));
}

/** What the invitation says, or null when it is none any more. */
async function invitationOf(app, token) {
    try {
        return token ? await app.service.invitation(token) : null;
    } catch (error) {
        if (error.status !== 404 && error.status !== 422)
            throw error;
        return null;
    }
}

export async function createSignUp(app, token) {
    const invitation = await invitationOf(app, token);
    const told = invitation ? t("sign.invited", { name: invitation.inviter_name, type: word("invitedTo", invitation.relationship_type) }) : token ? t("sign.notInvited") : null;
    const name = field(t("sign.name"), { type: "text", name: "name", autocomplete: "name", required: true, maxlength: 255 });
    const fields = [
        told ? el("p", { class: invitation ? "told" : "wrong" }, told) : null,
        name.node, emailField({ value: invitation?.email }).node, passwordField("new-password").node,
    ];
    return signUpCard(fields.filter(Boolean), async values => enter(app, await app.service.signUp({
        email: values.email.trim(), password: values.password, display_name: values.name.trim(), invite_token: invitation ? token : null,
    })));
}
