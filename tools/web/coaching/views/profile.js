/* What one tells of oneself. */
import { el } from "../../kit/dom.js";
import { createForm, textArea } from "../../kit/form.js";
import { announce, choice, field, notify, page, panel } from "../../kit/parts.js";
import { personFrom } from "../account.js";
import { t } from "../texts.js";
import { word } from "./pieces.js";

const STYLES = ["GENTLE", "BALANCED", "DIRECT"];
const TIERS = ["PRIVATE", "STANDARD", "ENHANCED"];
const LISTS = ["goals", "hobbies"];
const CHOSEN = ["birthday", "communication_style", "privacy_tier"]; // nothing is not a value of these

const lineOf = (label, name, value, more = {}) => field(label, { type: "text", name, value: value ?? "", autocomplete: "off", maxlength: 200, dir: "auto", ...more }).node;

function chosen(kind, label, name, values, value) {
    const one = field(label, { input: choice([...(value ? [] : [["", t("profile.unsaid")]]), ...values.map(each => [each, word(kind, each)])], { name }) });
    one.input.value = value ?? "";
    return one.node;
}

/** What is told of a form: what has changed. The server takes what is absent for unchanged. */
export function changesFrom(values, me) {
    const changes = {};
    for (const [name, value] of Object.entries(values)) {
        const told = LISTS.includes(name) ? value.split("\n").map(line => line.trim()).filter(Boolean) : value.trim();
        const before = LISTS.includes(name) ? me[name] ?? [] : me[name] ?? "";
        if (JSON.stringify(told) !== JSON.stringify(before) && !(told === "" && CHOSEN.includes(name)))
            changes[name] = told;
    }
    return changes;
}

export async function createProfile(app) {
    let me = await app.service.me();
    const form = createForm({
        fields: [
            el("div", { class: "row fields" },
                lineOf(t("sign.name"), "display_name", me.display_name, { required: true, autocomplete: "name" }), lineOf(t("profile.pronouns"), "pronouns", me.pronouns)),
            el("div", { class: "row fields" },
                lineOf(t("profile.occupation"), "occupation", me.occupation), field(t("profile.birthday"), { type: "date", name: "birthday", value: me.birthday ?? "" }).node),
            el("div", { class: "row fields" },
                chosen("style", t("profile.style"), "communication_style", STYLES, me.communication_style), chosen("tier", t("profile.tier"), "privacy_tier", TIERS, me.privacy_tier)),
            textArea(t("profile.description"), "personal_description", me.personal_description ?? "", { rows: 3, maxlength: 2000, dir: "auto" }),
            el("div", { class: "row fields" },
                textArea(t("profile.goals"), "goals", (me.goals ?? []).join("\n"), { rows: 3, hint: t("profile.lines"), dir: "auto" }),
                textArea(t("profile.hobbies"), "hobbies", (me.hobbies ?? []).join("\n"), { rows: 3, hint: t("profile.lines"), dir: "auto" })),
        ],
        action: t("profile.save"), kind: "primary",
        submit: async values => {
            const changes = changesFrom(values, me);
            if (Object.keys(changes).length)
                me = await app.service.change(changes);
            app.keep(personFrom(me));
            announce(t("profile.saved"));
            notify(t("profile.saved"));
        },
    });
    return page(t("app.profile"), null, panel(me.email, {}, form).node);
}
